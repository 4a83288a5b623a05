import { elementCount, type Tensor, tensor } from '../../core/tensor.ts';
import { EpochOrder } from '../data/epoch-order.ts';
import type { StepBatches } from '../data/index.ts';
import { type ByDomain, forDomains } from '../methods/domains.ts';
import type { CodeDataset } from './code-dataset.ts';

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
  constructor(codes: CodeDataset, options: CodeBatchOptions, skipped: ReadonlyMap<string, string>) {
    const [countA, countB] = [codes.A.dims[0] as number, codes.B.dims[0] as number];
    this.sizes = { trainA: countA, trainB: countB, testA: 0, testB: 0 };
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
        return mapsAt(this.codes[domain], indices);
      }),
    );
  }

  async testPictures(): Promise<Tensor<'float32'>[]> {
    return [];
  }

  async close(): Promise<void> {}
}

function mapsAt({ dims, data }: Tensor<'int64'>, indices: readonly number[]): Tensor<'int64'> {
  const size = elementCount(dims.slice(1));
  const taken = new BigInt64Array(indices.length * size);
  for (const [slot, index] of indices.entries()) {
    taken.set(data.subarray(index * size, (index + 1) * size), slot * size);
  }
  return tensor('int64', [indices.length, ...dims.slice(1)], taken);
}
