export { type CheckpointOptions, readCheckpoint } from './checkpoint.ts';
export { CheckpointError } from './checkpoint-error.ts';
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.ts';
export {
  isTensor,
  type StateDict,
  siblingOf,
  stateDict,
  stateDicts,
  withoutParallelPrefix,
} from './state-dict.ts';
export type { CheckpointValue } from './tree.ts';
