import { Random } from '../../core/random.ts';

export interface EpochOrderOptions {
  /** Number of training pictures of each domain, at least 1. */
  readonly countA: number;
  readonly countB: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Both domains in the order of their paths instead of A shuffled and B drawn at random. */
  readonly serial: boolean;
  /** B in the same order as A, of which it has as many; default false. */
  readonly paired?: boolean;
}

/** Which pictures a step sees: indices into the two training folders, `batchSize` of each. */
export interface StepPictures {
  readonly epoch: number;
  readonly A: readonly number[];
  readonly B: readonly number[];
}

/**
 * The order of the contrastive family (Zhu et al. 2017, Park et al. 2020, unaligned dataset): an epoch is
 * a permutation of 0 .. max(|A|, |B|) - 1; A is taken modulo |A|, B is drawn anew each time, so that no pair is
 * ever fixed. What does not fill a batch at the end of an epoch is dropped.
 *
 * A pure function of seed and step: nothing is saved, and a resumed run sees the pictures it would have seen.
 */
export class EpochOrder {
  private readonly options: EpochOrderOptions;
  /** Steps in an epoch: max(|A|, |B|) / batchSize rounded down, at least 1. */
  readonly stepsPerEpoch: number;
  /** The permutation last asked for; only saves making it again for each step of an epoch. */
  private shuffled: { readonly epoch: number; readonly order: readonly number[] } | undefined;

  constructor(options: EpochOrderOptions) {
    this.options = options;
    this.stepsPerEpoch = Math.max(1, Math.floor(this.length / options.batchSize));
  }

  /** @param step counted from 0 over the whole run */
  picturesOf(step: number): StepPictures {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const first = (step % this.stepsPerEpoch) * this.options.batchSize;
    const positions = Array.from({ length: this.options.batchSize }, (_, slot) => first + slot);
    return {
      epoch,
      A: positions.map((position) => this.at(epoch, position) % this.options.countA),
      B: positions.map((position) => this.indexOfB(epoch, position)),
    };
  }

  private get length(): number {
    return Math.max(this.options.countA, this.options.countB);
  }

  private indexOfB(epoch: number, position: number): number {
    const { seed, serial, paired = false, countB } = this.options;
    if (serial || paired) return this.at(epoch, position) % countB;
    return Random.of(seed, 'data', epoch, 'B', position).integer(countB);
  }

  /** Positions beyond the epoch exist only when a batch is larger than the dataset, and begin again at its start. */
  private at(epoch: number, position: number): number {
    const wrapped = position % this.length;
    if (this.options.serial) return wrapped;
    if (this.shuffled?.epoch !== epoch) {
      const random = Random.of(this.options.seed, 'data', epoch, 'order');
      this.shuffled = { epoch, order: random.permutation(this.length) };
    }
    return this.shuffled.order[wrapped] as number;
  }
}
