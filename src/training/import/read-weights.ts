import { extname } from 'node:path';
import {
  CheckpointError,
  readCheckpoint,
  readSafetensors,
  type StateDict,
  stateDicts,
  withoutParallelPrefix,
} from '../pytorch/index.ts';

/**
 * The state dicts of a file, by their place in it. What ends in .safetensors holds one; anything else is read as
 * PyTorch writes it.
 * @param file name, for its ending
 * @throws CheckpointError when the file is damaged or unsafe, or holds no state dict
 */
export function readWeights(file: string, bytes: Uint8Array): ReadonlyMap<string, StateDict> {
  const found =
    extname(file).toLowerCase() === '.safetensors'
      ? new Map([['', withoutParallelPrefix(readSafetensors(bytes).tensors)]])
      : stateDicts(readCheckpoint(bytes));
  if (found.size > 0) return found;
  throw new CheckpointError('the file holds no state dict: no container of tensors by their names');
}
