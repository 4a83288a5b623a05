export type { DataOptions } from './data-options.ts';
export { DatasetError } from './dataset.ts';
export { type Batch, UnalignedBatches } from './unaligned-batches.ts';
