import path from 'node:path';
import type { Manifest, NetworkManifest } from '../../src/core/manifest.ts';
import { Random } from '../../src/core/random.ts';
import { float32, type Tensor, tensor } from '../../src/core/tensor.ts';
import { decodeForModel } from '../../src/image/index.ts';
import { Session, type SessionOptions } from '../../src/runtime/index.ts';

type ExemplarGuided = Extract<Manifest['translator'], { readonly kind: 'exemplar-guided' }>;

/** A network, and what it is given for one picture, or for one code. */
export interface FedNetwork {
  readonly file: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/**
 * The two networks that an output takes, with the picture as the service gives it to them.
 * @param folder of the package, whose pictures are uint8 NHWC as in our exports
 */
export async function exemplarFeeds(
  folder: string,
  manifest: Manifest & { readonly translator: ExemplarGuided },
  jpeg: Uint8Array,
  options: SessionOptions,
): Promise<{ contentEncoder: FedNetwork; generator: FedNetwork }> {
  const { networks, image, translator } = manifest;
  const [encoder, generator] = [translator.contentEncoder, translator.generator].map(
    (key) => networks[key] as NetworkManifest,
  ) as [NetworkManifest, NetworkManifest];
  const { pixels } = await decodeForModel(jpeg, { policy: image });
  const picture = tensor('uint8', [1, pixels.height, pixels.width, 3], pixels.data);
  const contentEncoder = {
    file: path.join(folder, encoder.file),
    feeds: { [inputName(encoder, 0)]: picture },
  };
  const code = Random.of(1).fill(translator.attributeCodeSize, (random) => random.normal());
  const feeds = {
    [inputName(generator, 0)]: await onlyOutput(contentEncoder, options),
    [inputName(generator, 1)]: float32([1, code.length], code),
  };
  return { contentEncoder, generator: { file: path.join(folder, generator.file), feeds } };
}

function inputName({ inputs }: NetworkManifest, at: number): string {
  return inputs[at]?.name ?? '';
}

async function onlyOutput({ file, feeds }: FedNetwork, options: SessionOptions): Promise<Tensor> {
  const session = await Session.create(file, options);
  try {
    return Object.values(await session.run(feeds))[0] as Tensor;
  } finally {
    await session.dispose();
  }
}
