import type { CodeMap } from '../../core/code-map/code-map.ts';
import { givenParts, keepingMasked, keepingPart, type PartialMap } from '../../core/code-map/partial-map.ts';
import { refuse } from '../guidance/plan.ts';
import { composeWhole } from './composition.ts';
import { planContinuation } from './continuation.ts';
import { requireMaps } from './extend.ts';
import type { PaintingPlan } from './plan.ts';
import type { PaintingRules } from './rules.ts';
import type { CompletionWishes } from './wishes.ts';

/**
 * A picture of which a part is kept, and the rest made up.
 * @throws GuidanceError
 */
export function planCompletion(wishes: CompletionWishes, rules: PaintingRules): PaintingPlan {
  const { image, size = 'model', given: part, mask } = wishes;
  if ((part === undefined) === (mask === undefined))
    refuse(
      mask === undefined ? 'given' : 'mask',
      `what is kept is said by given (${givenParts.join(', ')}) or by mask, one of the two`,
    );
  const known = (map: CodeMap): PartialMap => {
    if (mask !== undefined) return masked(map, mask);
    return keepingPart(map, part as NonNullable<typeof part>);
  };
  return {
    ...planContinuation(wishes, rules),
    given: { image, size, isMirrored: false, isEven: false },
    compose: (given) => composeWhole(known(requireMaps(given).map)),
    decidingField: 'image',
  };
}

/** @param mask rows of equal length */
function masked(map: CodeMap, mask: readonly (readonly number[])[]): PartialMap {
  const [rows, columns] = [mask.length, mask[0]?.length ?? 0];
  if (rows !== map.height || columns !== map.width)
    refuse(
      'mask',
      `is ${rows} x ${columns}; the picture has ${map.height} x ${map.width} codes (rows x columns)`,
    );
  return keepingMasked(map, mask.flat());
}
