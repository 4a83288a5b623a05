import type { GivenPart } from '../../core/code-map/partial-map.ts';
import type { SizeRequest } from '../../image/index.ts';
import type { FormWishes } from '../answers/answer-form.ts';
import type { Interpolation } from '../guidance/interpolate.ts';
import type { LookWishes } from './looks.ts';

/** What a request says of painted pictures, each field valid by itself. */
export interface PaintingWishes extends LookWishes, FormWishes {
  /** Name of the domain that they are painted in. */
  readonly to?: string | undefined;
  readonly seed?: number | undefined;
  readonly temperature?: number | undefined;
  readonly top_k?: number | undefined;
  readonly top_p?: number | undefined;
}

export interface GenerationWishes extends PaintingWishes {
  /** In codes. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
}

/** Of a picture that is sent and made into another. */
interface PictureWishes extends PaintingWishes {
  readonly image: Uint8Array;
  readonly size?: SizeRequest | undefined;
  /** Name of the domain that the picture is of. */
  readonly from?: string | undefined;
}

export interface ExtensionWishes extends PictureWishes {
  /** In pixels of the picture as the model sees it. */
  readonly left?: number | undefined;
  readonly right?: number | undefined;
}

export interface CompletionWishes extends PictureWishes {
  readonly given?: GivenPart | undefined;
  /** Rows of codes: 1 is kept. */
  readonly mask?: readonly (readonly number[])[] | undefined;
}

export interface TransitionWishes extends GenerationWishes {
  readonly image?: Uint8Array | undefined;
  readonly size?: SizeRequest | undefined;
  readonly strips?: number | undefined;
  readonly interpolation?: Interpolation | undefined;
}
