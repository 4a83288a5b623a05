import { type StateDict, writeSafetensors } from '../pytorch/index.ts';
import { writeDurably } from '../run/durable-write.ts';

/** Writes weights as a file for other programs: whole or not at all. */
export function writeWeights(path: string, weights: StateDict): Promise<void> {
  // The entry that PyTorch's own readers look for.
  return writeDurably(path, [writeSafetensors(weights, new Map([['format', 'pt']]))]);
}
