import { randomInt } from 'node:crypto';
import type { CodeSize } from '../../core/code-map/code-map.ts';
import { CodeMapSampling, type SamplingOptions } from '../../core/code-map/code-map-sampling.ts';
import type { FilterOptions } from '../../core/code-map/code-probabilities.ts';
import { InternalError, InvalidArgumentError } from '../../core/errors.ts';
import { refuse } from '../guidance/plan.ts';
import type { ReadyModel } from '../open-package.ts';
import type { CodePainting } from '../translators/code-painting.ts';
import type { Composition } from './composition.ts';
import type { PaintingWishes } from './wishes.ts';

/** What decides on painted pictures. */
export interface PaintingRules {
  readonly codes: Pick<CodePainting, 'pixelsPerCode' | 'codebookSize' | 'domains' | 'prior' | 'attributes'>;
  readonly image: Pick<ReadyModel['image'], 'maximumPixels'>;
  /** Most pictures that one request may have, where that is below 16. */
  readonly mostPictures: number;
}

/** How codes are drawn. */
export interface Drawing {
  readonly seed: number;
  readonly filters: FilterOptions;
}

/**
 * The domain that a request names.
 * @throws GuidanceError for a name that is none
 */
export function domainNamed(
  field: 'to' | 'from',
  name: string | undefined,
  { domains, otherwise }: { readonly domains: readonly string[]; readonly otherwise: string },
): string {
  if (name !== undefined && !domains.includes(name))
    refuse(field, `the model has no domain "${name}"; its domains are ${domains.join(' and ')}`);
  return name ?? otherwise;
}

/** The domain that pictures are translated into. */
export function targetOf({ domains }: PaintingRules['codes']): string {
  return domains.at(-1) as string;
}

/** @throws GuidanceError for more codes than there are */
export function planDrawing(
  { seed = randomInt(2 ** 32), temperature = 1, top_k: topK, top_p: topP = 1 }: PaintingWishes,
  { codes }: PaintingRules,
): Drawing {
  const { codebookSize } = codes;
  if (topK !== undefined && topK > codebookSize)
    refuse('top_k', `is ${topK}; the codebook of this model has ${codebookSize} codes`);
  return { seed, filters: { temperature, topK: topK ?? codebookSize, topP } };
}

/** @throws GuidanceError for what only matters where codes are drawn */
export function requireNothingDrawn(wishes: PaintingWishes): void {
  for (const field of ['seed', 'temperature', 'top_k', 'top_p'] as const)
    if (wishes[field] !== undefined)
      refuse(field, 'says how codes are drawn, and here none is: the content is that of the picture');
}

/** @throws GuidanceError for a picture that is too large to be painted */
export function requireRoom(
  { height, width }: CodeSize,
  { codes, image }: PaintingRules,
  field: string,
): void {
  const [rows, columns] = [height * codes.pixelsPerCode, width * codes.pixelsPerCode];
  if (rows * columns > image.maximumPixels)
    refuse(
      field,
      `the picture would have ${columns}x${rows} pixels; this model makes at most ${image.maximumPixels} in all`,
    );
}

/**
 * A side of a map that is made up.
 * @throws GuidanceError when the prior cannot draw maps of this size
 */
export function requireSide(
  field: 'height' | 'width',
  codes: number | undefined,
  { window, conditioning }: Pick<SamplingOptions, 'window' | 'conditioning'>,
): number {
  const least = window[field];
  const side = codes ?? least;
  if (side < least) refuse(field, `is ${side} codes; this model makes pictures of at least ${least}`);
  // Published conditioning has no coordinates left for a whole window beyond the first.
  if (conditioning !== 'whole' && side >= 2 * least)
    refuse(field, `is ${side} codes; this model makes pictures of fewer than ${2 * least}`);
  return side;
}

/** The prior of a model that was found to have one. */
export function priorOf({ prior }: Pick<CodePainting, 'prior'>): NonNullable<CodePainting['prior']> {
  if (prior) return prior;
  throw new InternalError('codes were to be drawn by a model without a prior');
}

/**
 * The drawings of a composition, each at its beginning.
 * @throws GuidanceError when a part cannot be drawn
 */
export function samplingsOf(
  { parts }: Composition,
  codes: Pick<CodePainting, 'prior'>,
  field: string,
): readonly CodeMapSampling[] {
  try {
    return parts.map(({ map }) => new CodeMapSampling(map, priorOf(codes).sampling));
  } catch (thrown) {
    if (!(thrown instanceof InvalidArgumentError)) throw thrown;
    return refuse(field, thrown.message);
  }
}
