import { refuse } from '../guidance/plan.ts';
import { fewestStripColumns } from '../translators/code-painting.ts';
import { composeGiven } from './composition.ts';
import { requireMaps } from './extend.ts';
import { planContent } from './generate.ts';
import { planStrips } from './looks.ts';
import type { PaintingPlan } from './plan.ts';
import { domainNamed, type PaintingRules, requireNothingDrawn, targetOf } from './rules.ts';
import type { TransitionWishes } from './wishes.ts';

/** Strips where the request does not say: so many, or at least half of them, or else the next number that divides the width. */
const usualStrips = 16;

/**
 * A picture, or one that is made up, painted in styles that change from its left to its right.
 * @throws GuidanceError
 */
export function planTransition(wishes: TransitionWishes, rules: PaintingRules): PaintingPlan {
  const { codes, mostPictures } = rules;
  const domain = domainNamed('to', wishes.to, { domains: codes.domains, otherwise: targetOf(codes) });
  const guides = (wishes.style?.length ?? 0) + (wishes.attribute?.length ?? 0);
  const stripsOf = (width: number) => stripsFor(width, guides, wishes.strips);
  const attributes = codes.attributes(domain);
  const looks = planStrips(wishes, { attributes, mostPictures, stripsOf });
  const content = wishes.image === undefined ? planMadeUp(wishes, rules) : planOf(wishes.image, wishes);
  return {
    ...content,
    domain,
    looks,
    compose(given) {
      const composition = content.compose(given);
      stripsOf(composition.width);
      return composition;
    },
  };
}

function planMadeUp(wishes: TransitionWishes, rules: PaintingRules): Omit<PaintingPlan, 'domain' | 'looks'> {
  if (rules.codes.prior === undefined)
    refuse('image', 'is missing, and this model cannot make pictures up: it has no prior');
  if (wishes.size !== undefined) refuse('size', 'is that of a picture that is sent; give width and height');
  return planContent(wishes, rules);
}

function planOf(image: Uint8Array, wishes: TransitionWishes): Omit<PaintingPlan, 'domain' | 'looks'> {
  requireNothingDrawn(wishes);
  for (const field of ['height', 'width'] as const)
    if (wishes[field] !== undefined) refuse(field, 'is that of the picture; without one it may be chosen');
  if ((wishes.outputs ?? 1) > 1)
    refuse('outputs', 'would all be the same: the content is that of the picture, and the styles are given');
  return {
    // Then there are always strips of the least width.
    given: { image, size: wishes.size ?? 'model', isMirrored: false, isEven: true },
    drawing: undefined,
    compose: (given) => composeGiven(requireMaps(given).map),
    decidingField: 'image',
  };
}

/**
 * How many strips of equal width there are, each at least two codes wide, and at least one for each style.
 * @param width in codes
 * @throws GuidanceError
 */
function stripsFor(width: number, guides: number, asked: number | undefined): number {
  const divisors = Array.from({ length: width }, (_, index) => index + 1).filter(
    (strips) => width % strips === 0 && width / strips >= fewestStripColumns && strips >= guides,
  );
  const usual = divisors.findLast((each) => each <= usualStrips && each >= usualStrips / 2);
  const strips = asked ?? usual ?? divisors.find((each) => each > usualStrips) ?? divisors.at(-1);
  if (strips !== undefined && divisors.includes(strips)) return strips;
  return refuse(
    'strips',
    `${asked ?? width} strips of a picture of ${width} codes, through ${guides} styles; possible are ${divisors.join(', ') || 'none'}`,
  );
}
