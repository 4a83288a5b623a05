import { ExtractorError, type LpipsExtractor } from '../core/extractor.ts';
import { float32, toNumbers } from '../core/tensor.ts';
import { bytePlanes, type Pixels, type Size } from '../image/index.ts';
import { Session, type SessionOptions } from '../runtime/index.ts';
import { scaledPlanes } from './feature-network.ts';

/**
 * LPIPS (Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", equation 1) by an
 * imported network: the distance of two pictures of one size, 0 or more.
 */
export interface LpipsNetwork {
  readonly extractor: LpipsExtractor;
  /** Whether pictures of this size are large enough. */
  takes(size: Size): boolean;
  /** @throws ExtractorError when the pictures differ in size, or the network gives no single number */
  distance(x: Pixels, y: Pixels): Promise<number>;
  dispose(): Promise<void>;
}

export async function openLpipsNetwork(
  { extractor, model }: { readonly extractor: LpipsExtractor; readonly model: string },
  options: SessionOptions,
): Promise<LpipsNetwork> {
  const session = await Session.create(model, options);
  const { inputs, output } = extractor.onnx;
  const { minimumSize } = extractor.picture;
  const feed = (pixels: Pixels) =>
    float32([1, 3, pixels.height, pixels.width], scaledPlanes(bytePlanes(pixels), extractor.picture));
  return {
    extractor,
    takes: ({ width, height }) => Math.min(width, height) >= minimumSize,
    async distance(x, y) {
      const result = await session.run({ [inputs[0]]: feed(x), [inputs[1]]: feed(y) }, [output]);
      const values = Object.values(result).flatMap(toNumbers);
      if (values.length === 1) return values[0] as number;
      throw new ExtractorError(
        `${extractor.name} gives ${values.length} values for two pictures, expected 1`,
      );
    },
    dispose: () => session.dispose(),
  };
}
