import { openPicture } from './decode.ts';
import { type DecodeLimits, defaultDecodeLimits } from './header.ts';
import type { Pixels, Size } from './pixels.ts';
import { crop, extendEdges } from './region.ts';
import {
  type ImagePolicy,
  planSize,
  type SizePlan,
  type SizeRequest,
  type WholePicture,
} from './size-plan.ts';

export interface ModelInputOptions {
  readonly policy: ImagePolicy;
  /** Default `model`. */
  readonly size?: SizeRequest;
  readonly limits?: DecodeLimits;
  /** What the network gets is all picture, without repeated edges, with such sides. */
  readonly whole?: WholePicture | undefined;
}

export interface ModelInput {
  /** What the network is given: `plan.network` large. */
  readonly pixels: Pixels;
  readonly plan: SizePlan;
  /** Size of the picture that came, after EXIF orientation. */
  readonly source: Size;
}

/**
 * Decodes a picture straight to the size that a model takes: a large photograph is never held in full.
 * @throws the errors of `openPicture` and of `planSize`
 */
export async function decodeForModel(bytes: Uint8Array, options: ModelInputOptions): Promise<ModelInput> {
  const picture = await openPicture(bytes, options.limits ?? defaultDecodeLimits);
  const source = { width: picture.width, height: picture.height };
  const plan = planSize(source, options.policy, options.size ?? 'model', options.whole);
  const pixels = await picture.decode({ ...plan.resize, fit: plan.fit });
  return { pixels: extendEdges(pixels, plan.network), plan, source };
}

/** The answer in what the network made of the input that `plan` describes. */
export function cutAnswer(output: Pixels, plan: SizePlan): Pixels {
  const { width, height } = plan.answer;
  if (output.width === width && output.height === height) return output;
  return crop(output, { x: 0, y: 0, width, height });
}
