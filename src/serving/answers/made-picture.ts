import type { OutputFormat, Pixels } from '../../image/index.ts';
import type { SamplingSettings } from '../diffusion/settings.ts';

/** One of several pictures that were made for one request. */
export interface MadePicture {
  /** Decoded: only who lays out the answer knows whether each is encoded, or one sheet of all. */
  readonly pixels: Pixels;
  /** The attribute code that it was made with. */
  readonly attribute?: ArrayLike<number> | undefined;
  /** What its code was drawn with, or its noise. */
  readonly seed?: number | undefined;
  readonly sampling?: SamplingSettings | undefined;
  /** For people: what sets it apart. */
  readonly label?: string | undefined;
}

export interface EncodedPicture extends Omit<MadePicture, 'pixels'> {
  readonly bytes: Uint8Array;
  readonly format: OutputFormat;
  readonly width: number;
  readonly height: number;
}
