import { UnpairedError } from '../../core/errors.ts';
import type { NetworkState } from '../../nn/sources.ts';
import type { StateDict } from '../pytorch/index.ts';
import { asSavedToday } from '../weights/saved-today.ts';
import { weightFaults } from '../weights/weight-faults.ts';
import { settingsText } from './settings-schema.ts';

/** The weights are not those of the generator that was recognised or asked for. */
export class WeightsMismatchError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'WEIGHTS_MISMATCH', status: 422 });
  }
}

/**
 * The weights as the generator takes them: every key that it needs, none that it does not, each of the right shape,
 * type and finite.
 * @throws WeightsMismatchError listing what is wrong
 */
export function fitWeights(settings: object, state: NetworkState, weights: StateDict): StateDict {
  const fitting = asSavedToday(state, weights);
  const faults = weightFaults(state, fitting);
  if (faults === undefined) return fitting;
  throw new WeightsMismatchError(
    `the weights do not fit the generator ${settingsText(settings)}: ${faults} ` +
      '(what was recognised wrongly can be changed with --set)',
  );
}
