export { type CheckpointOptions, readCheckpoint } from './checkpoint.ts';
export { CheckpointError } from './checkpointError.ts';
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.ts';
export { isTensor, type StateDict, stateDict, stateDicts, withoutParallelPrefix } from './stateDict.ts';
export type { CheckpointValue } from './tree.ts';
