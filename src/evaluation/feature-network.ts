import { channelScaling, ExtractorError, type FeatureExtractor } from '../core/extractor.ts';
import { float32, toNumbers } from '../core/tensor.ts';
import { type Pixels, resizeBicubicPlanes, resizeBilinearPlanes } from '../image/index.ts';
import { Session, type SessionOptions } from '../runtime/index.ts';

const resizers = { clean: resizeBicubicPlanes, legacy: resizeBilinearPlanes } as const;

/** How pictures come to the size of an extractor: `clean` as clean-fid, `legacy` as pytorch-fid. */
export const resizeConventions = ['clean', 'legacy'] as const;
export type ResizeConvention = (typeof resizeConventions)[number];

/** An open extractor of kind `features`: pictures in, a vector of `dimension` values each out. */
export interface FeatureNetwork {
  readonly extractor: FeatureExtractor;
  readonly resize: ResizeConvention;
  /** Pictures that are run at once. */
  readonly batch: number;
  /** @returns float32 [pictures, dimension] */
  measure(pictures: readonly Pixels[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

const defaultBatch = 8;

/** @throws ExtractorError when the network is not what its description says; the errors of `Session.create` */
export async function openFeatureNetwork(
  { extractor, model }: { readonly extractor: FeatureExtractor; readonly model: string },
  options: SessionOptions & { readonly resize?: ResizeConvention | undefined },
): Promise<FeatureNetwork> {
  const { resize = extractor.picture.resize, ...sessionOptions } = options;
  const { onnx, picture, dimension } = extractor;
  const session = await Session.create(model, sessionOptions);
  const batch = picture.batch ?? defaultBatch;
  return {
    extractor,
    resize,
    batch,
    async measure(pictures) {
      const run = picture.batch ?? pictures.length;
      const feed = batchOf(pictures, run, extractor, resize);
      const outputs = await session.run({ [onnx.input]: feed }, [onnx.output]);
      const values = Float32Array.from(toNumbers(outputs[onnx.output] ?? feed));
      if (values.length !== run * dimension) {
        throw new ExtractorError(
          `${extractor.name} gives ${values.length / run} values a picture, its description says ${dimension}`,
        );
      }
      return values.subarray(0, pictures.length * dimension);
    },
    dispose: () => session.dispose(),
  };
}

/** Pictures resized and scaled, float32 [run, 3, H, W]; what a fixed batch is too long for stays zero. */
function batchOf(
  pictures: readonly Pixels[],
  run: number,
  { picture }: FeatureExtractor,
  resize: ResizeConvention,
) {
  const { width, height } = picture.size;
  const data = new Float32Array(run * 3 * height * width);
  pictures.forEach((pixels, at) => {
    data.set(scaledPlanes(resizers[resize](pixels, picture.size), picture), at * 3 * height * width);
  });
  return float32([run, 3, height, width], data);
}

/** Planes of 0..255 as an extractor wants them. */
export function scaledPlanes(
  planes: Float32Array,
  picture: Parameters<typeof channelScaling>[0],
): Float32Array {
  const { scale, shift } = channelScaling(picture);
  const area = planes.length / 3;
  return planes.map((value, at) => {
    const channel = Math.trunc(at / area);
    return value * (scale[channel] as number) + (shift[channel] as number);
  });
}
