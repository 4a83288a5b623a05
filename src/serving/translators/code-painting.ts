import type { CodeMap } from '../../core/code-map/code-map.ts';
import type { SamplingOptions } from '../../core/code-map/code-map-sampling.ts';
import type { Pixels } from '../../image/index.ts';
import type { AttributeCode } from '../guidance/attribute-code.ts';
import type { AttributeSpace, RunNetwork } from './translator.ts';

/** Columns of a strip that has a style of its own: decoders pad it by reflection. */
export const fewestStripColumns = 2;

/** Pictures as maps of codes: what a model can do that reads them off pictures, makes them up, and paints them. */
export interface CodePainting {
  /** Pixels along each side of the square that one code stands for. */
  readonly pixelsPerCode: number;
  readonly codebookSize: number;
  /** Names of the domains that maps are painted in, the source first. */
  readonly domains: readonly string[];
  /** The looks that pictures of a domain can have. @throws InternalError for a domain that is none of these */
  attributes(domain: string): AttributeSpace;
  /** The codes of a picture, of either domain, of a size that the networks take. */
  encode(picture: Pixels, runNetwork: RunNetwork): Promise<CodeMap>;
  /**
   * The picture of a map of at least two rows and columns.
   * @param styles of vertical strips of equal width, two columns or more, from the left
   */
  paint(
    domain: string,
    map: CodeMap,
    styles: readonly AttributeCode[],
    runNetwork: RunNetwork,
  ): Promise<Pixels>;
  /** Present when the model can make codes up. */
  readonly prior?: CodePrior;
}

/** Tells how likely each code is to follow those before it. */
interface CodePrior {
  /** Key of its network in the manifest: steps of sequences are run by it. */
  readonly network: string;
  /** How a map is drawn with it. */
  readonly sampling: SamplingOptions;
}
