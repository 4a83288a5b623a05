import type { SizeRequest } from '../../image/index.ts';
import type { Composition, GivenMaps } from './composition.ts';
import type { LooksPlan } from './looks.ts';
import type { Drawing } from './rules.ts';

/** The pictures that a request is for, with everything that can be decided before its picture is looked at. */
export interface PaintingPlan {
  /** That they are painted in. */
  readonly domain: string;
  /** What is sent, and read; undefined: they are made from nothing. */
  readonly given: GivenPicture | undefined;
  /** undefined: no code is drawn. */
  readonly drawing: Drawing | undefined;
  readonly looks: LooksPlan;
  /**
   * What is drawn, and how it becomes a map.
   * @throws GuidanceError when that is too large, or does not fit the given picture
   */
  compose(given: GivenMaps | undefined): Composition;
  /** The field that is told when the prior cannot draw that. */
  readonly decidingField: string;
}

export interface GivenPicture {
  readonly image: Uint8Array;
  readonly size: SizeRequest;
  /** Its mirror image is read as well. */
  readonly isMirrored: boolean;
  /** It is read at a size whose sides are even numbers of codes. */
  readonly isEven: boolean;
}
