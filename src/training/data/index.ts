export type { DataOptions } from './data-options.ts';
export { DatasetError, openDataset } from './dataset.ts';
export { findPictures, pictureEndings } from './picture-files.ts';
export type { StepBatches } from './step-batches.ts';
export { type Batch, UnalignedBatches } from './unaligned-batches.ts';
