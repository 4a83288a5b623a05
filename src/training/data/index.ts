export type { DataOptions } from './data-options.ts';
export { DatasetError } from './dataset.ts';
export type { StepBatches } from './step-batches.ts';
export { type Batch, UnalignedBatches } from './unaligned-batches.ts';
