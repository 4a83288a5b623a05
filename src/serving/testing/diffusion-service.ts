import { encode, type Pixels } from '../../image/index.ts';
import { LanePool } from '../../runtime/index.ts';
import { copyModel } from './copy-model.ts';
import { tinyDiffusion, writeGuidedDiffusionPackage } from './guided-diffusion-package.ts';
import { pictureForm, startHarness } from './harness.ts';
import { writePackage } from './model-package.ts';

export interface Sending {
  readonly image?: Uint8Array;
  readonly model?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface ServiceOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Default 1. */
  readonly lanes?: number;
}

/**
 * A service on real lanes with models that sample: `sampled`, and `guided`, which has no step without energies; `copy` does not
 * sample.
 */
export async function startDiffusionService({ environment = {}, lanes = 1 }: ServiceOptions = {}) {
  const service = await startHarness<LanePool>({
    lanes: await LanePool.start({
      lanes,
      threadsPerLane: 1,
      provider: 'cpu',
      restartDelay: { firstMilliseconds: 20, longestMilliseconds: 80 },
    }),
    environment,
    models: async (root) => {
      await writeGuidedDiffusionPackage(root, { name: 'sampled' });
      await writeGuidedDiffusionPackage(root, { name: 'guided', plain: false });
      await writePackage(root, { name: 'copy', onnx: copyModel });
    },
  });
  const picture = await encode(sourcePixels, { format: 'png' });

  const post = (fields: Readonly<Record<string, string>> = {}, sending: Sending = {}) => {
    const { image = picture, model = 'sampled', query = '', headers = {} } = sending;
    const body = pictureForm(image, fields);
    return service.app.inject({
      method: 'POST',
      url: `/translate/${model}${query}`,
      headers: { ...body.headers, ...headers },
      payload: body.payload,
    });
  };
  const metric = async (line: RegExp): Promise<number> => {
    const { body } = await service.app.inject({ url: '/metrics' });
    return Number(line.exec(body)?.[1] ?? 0);
  };
  return { ...service, picture, post, metric };
}

/** A picture of the size of the models, no two pixels of which are equal. */
export const sourcePixels: Pixels = {
  ...tinyDiffusion.size,
  data: Uint8Array.from({ length: tinyDiffusion.size.height * tinyDiffusion.size.width * 3 }, (_, index) =>
    index % 3 === 0 ? index % 256 : (index * 7) % 256,
  ),
};
