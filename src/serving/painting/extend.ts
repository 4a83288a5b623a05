import { InternalError } from '../../core/errors.ts';
import { refuse } from '../guidance/plan.ts';
import { composeExtension, type GivenMaps } from './composition.ts';
import { planContinuation } from './continuation.ts';
import type { PaintingPlan } from './plan.ts';
import { type PaintingRules, requireRoom } from './rules.ts';
import type { ExtensionWishes } from './wishes.ts';

/**
 * A picture that goes on to the left, to the right, or both.
 * @throws GuidanceError
 */
export function planExtension(wishes: ExtensionWishes, rules: PaintingRules): PaintingPlan {
  const { image, size = 'model', left = 0, right = 0 } = wishes;
  const { pixelsPerCode } = rules.codes;
  if (left + right === 0)
    refuse(
      wishes.left === undefined ? 'right' : 'left',
      'left or right says how many pixels are added: at least 1',
    );
  const decidingField = left > right ? 'left' : 'right';
  return {
    ...planContinuation(wishes, rules),
    given: { image, size, isMirrored: left > 0, isEven: false },
    compose(given) {
      const maps = requireMaps(given);
      const columns = Math.ceil(left / pixelsPerCode) + Math.ceil(right / pixelsPerCode);
      requireRoom({ height: maps.map.height, width: maps.map.width + columns }, rules, decidingField);
      return composeExtension(maps, { left, right }, pixelsPerCode);
    },
    decidingField,
  };
}

/** What was read of the picture that a plan asks for. */
export function requireMaps(given: GivenMaps | undefined): GivenMaps {
  if (given) return given;
  throw new InternalError('a picture was to be composed of codes that were not read');
}
