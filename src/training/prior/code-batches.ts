import type { Tensor } from '../../core/tensor.ts';
import { EpochOrder } from '../data/epoch-order.ts';
import type { StepBatches } from '../data/index.ts';
import { type ByDomain, forDomains } from '../methods/domains.ts';
import type { CodeDataset } from './code-dataset.ts';
import type { CodeFile } from './code-file.ts';
import { rowsAt } from './rows-at.ts';

/** What is in the file of codes, but for weights. */
type Codes = Pick<CodeFile, 'codes' | 'heldOut'>;

interface CodeBatchOptions {
  readonly batchSize: number;
  /** Batches that a step works through one after the other. */
  readonly microBatches: number;
  readonly seed: number;
  readonly serial: boolean;
}

/** Batches of code maps of two domains, int64 [batchSize, h, w], in an order that is a function of seed and step. */
export class CodeBatches implements StepBatches {
  readonly sizes: Readonly<Record<string, number>>;
  readonly skipped: ReadonlyMap<string, string>;
  private readonly codes: CodeDataset;
  private readonly options: CodeBatchOptions;
  private readonly order: EpochOrder;

  /** @param skipped pictures that could not be turned into codes, and why */
  constructor({ codes, heldOut }: Codes, options: CodeBatchOptions, skipped: ReadonlyMap<string, string>) {
    const [countA, countB] = [codes.A.dims[0] as number, codes.B.dims[0] as number];
    const [testA = 0, testB = 0] = [heldOut?.A.codes.dims[0], heldOut?.B.codes.dims[0]];
    this.sizes = { trainA: countA, trainB: countB, testA, testB };
    this.skipped = skipped;
    this.codes = codes;
    this.options = options;
    const { batchSize, microBatches, seed, serial } = options;
    this.order = new EpochOrder({ countA, countB, batchSize: batchSize * microBatches, seed, serial });
  }

  get stepsPerEpoch(): number {
    return this.order.stepsPerEpoch;
  }

  async microBatches(step: number): Promise<readonly ByDomain<Tensor>[]> {
    const { batchSize, microBatches } = this.options;
    const chosen = this.order.picturesOf(step);
    return Array.from({ length: microBatches }, (_, part) =>
      forDomains((domain) => {
        const indices = chosen[domain].slice(part * batchSize, (part + 1) * batchSize);
        return rowsAt(this.codes[domain], indices);
      }),
    );
  }

  async testPictures(): Promise<Tensor<'float32'>[]> {
    return [];
  }

  async close(): Promise<void> {}
}
