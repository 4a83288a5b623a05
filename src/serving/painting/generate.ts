import { composeUnknown } from './composition.ts';
import { planLooks } from './looks.ts';
import type { PaintingPlan } from './plan.ts';
import {
  type Drawing,
  domainNamed,
  type PaintingRules,
  planDrawing,
  priorOf,
  requireRoom,
  requireSide,
  targetOf,
} from './rules.ts';
import type { GenerationWishes } from './wishes.ts';

/**
 * Pictures from nothing: each has a map of its own, and without given styles a style of its own.
 * @throws GuidanceError
 */
export function planGeneration(wishes: GenerationWishes, rules: PaintingRules): PaintingPlan {
  const { codes, mostPictures } = rules;
  const domain = domainNamed('to', wishes.to, { domains: codes.domains, otherwise: targetOf(codes) });
  const content = planContent(wishes, rules);
  const { seed } = content.drawing;
  const attributes = codes.attributes(domain);
  const looks = planLooks({ ...wishes, own: false }, { attributes, seed, mostPictures });
  return { ...content, domain, looks };
}

/**
 * Maps that are made up.
 * @throws GuidanceError
 */
export function planContent(
  wishes: GenerationWishes,
  rules: PaintingRules,
): Omit<PaintingPlan, 'domain' | 'looks'> & { readonly drawing: Drawing } {
  const { sampling } = priorOf(rules.codes);
  const size = {
    height: requireSide('height', wishes.height, sampling),
    width: requireSide('width', wishes.width, sampling),
  };
  const decidingField = wishes.width === undefined ? 'height' : 'width';
  requireRoom(size, rules, decidingField);
  return {
    given: undefined,
    drawing: planDrawing(wishes, rules),
    compose: () => composeUnknown(size),
    decidingField,
  };
}
