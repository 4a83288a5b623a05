import type { NetworkState } from '../../nn/sources.ts';
import type { StateDict } from '../pytorch/index.ts';
import { asSavedToday } from '../weights/saved-today.ts';
import { weightFaults } from '../weights/weight-faults.ts';
import { ExtractorImportError } from './extractor-content.ts';

/**
 * The weights that a network needs, out of those of its files.
 * @param network its name, for messages
 * @param unused keys that the published files have besides, and that nothing reads
 * @throws ExtractorImportError listing what is wrong
 */
export function fitNetwork(
  network: string,
  state: NetworkState,
  weights: StateDict,
  unused: RegExp,
): StateDict {
  const read = asSavedToday(state, new Map([...weights].filter(([key]) => !unused.test(key))));
  const faults = weightFaults(state, read);
  if (faults === undefined) return read;
  throw new ExtractorImportError(`these are not the weights of ${network}: ${faults}`);
}
