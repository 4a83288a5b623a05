import type { Tensor } from '../../core/tensor.ts';
import type { Domain } from './dataset.ts';

/** What a run trains on, step by step. */
export interface StepBatches {
  /** Pictures of each folder, or what was made of them. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Steps in an epoch, at least 1. */
  readonly stepsPerEpoch: number;
  /** Pictures skipped so far: path below the root, and why it could not be used. */
  readonly skipped: ReadonlyMap<string, string>;
  /** The micro-batches of a step, counted from 0 over the whole run: the same whatever was asked for before. */
  microBatches(step: number): Promise<readonly { readonly A: Tensor; readonly B: Tensor }[]>;
  /** The first test pictures of a domain, [1, 3, size, size] each; none where pictures are not trained on. */
  testPictures(domain: Domain, count: number, size: number): Promise<Tensor<'float32'>[]>;
  close(): Promise<void>;
}
