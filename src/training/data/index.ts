export type { DataOptions } from './data-options.ts';
export { DatasetError, type Domain } from './dataset.ts';
export { type Batch, UnalignedBatches } from './unaligned-batches.ts';
