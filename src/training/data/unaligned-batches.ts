import type { Tensor } from '../../core/tensor.ts';
import { type Augmentation, testAugmentation, trainingAugmentation } from './augment.ts';
import { checkDataOptions, type DataOptions } from './data-options.ts';
import {
  DatasetError,
  type DatasetFolder,
  type Domain,
  openDataset,
  type UnalignedDataset,
} from './dataset.ts';
import { DecodePool } from './decode-pool.ts';
import type { PictureAnswer, PicturePlanes, PictureRequest } from './decode-protocol.ts';
import { EpochOrder } from './epoch-order.ts';
import { inPairs, partnerName } from './partners.ts';
import { Prefetch } from './prefetch.ts';
import { stack } from './stack.ts';
import type { StepBatches } from './step-batches.ts';

export interface Batch {
  /** [batchSize, 3, height, width], float32 in [-1, 1]. */
  readonly A: Tensor<'float32'>;
  readonly B: Tensor<'float32'>;
  /** Paths of the pictures below the root. */
  readonly filesA: readonly string[];
  readonly filesB: readonly string[];
}

/**
 * Batches of pictures of two domains, unpaired unless asked for, decoded and augmented on other threads, some steps in
 * advance.
 */
export class UnalignedBatches implements StepBatches {
  readonly sizes: Readonly<Record<DatasetFolder, number>>;
  /** Steps in an epoch: max(|A|, |B|) over the pictures of a step, rounded down, at least 1. */
  readonly stepsPerEpoch: number;
  private readonly options: DataOptions;
  private readonly order: EpochOrder;
  private readonly pool: DecodePool;
  private readonly prefetch: Prefetch<readonly Batch[]>;
  private readonly skippedFiles = new Map<string, string>();

  private constructor(options: DataOptions, dataset: UnalignedDataset) {
    this.options = options;
    this.sizes = {
      trainA: dataset.trainA.length,
      trainB: dataset.trainB.length,
      testA: dataset.testA.length,
      testB: dataset.testB.length,
    };
    this.order = new EpochOrder({
      ...options,
      batchSize: options.batchSize * (options.microBatches ?? 1),
      countA: this.sizes.trainA,
      countB: this.sizes.trainB,
    });
    this.stepsPerEpoch = this.order.stepsPerEpoch;
    this.pool = new DecodePool({ ...options, dataset });
    this.prefetch = new Prefetch((step) => this.make(step), options.prefetch);
  }

  /**
   * Lists the folders and starts the threads; pictures are opened when their step comes.
   * @throws DatasetError naming the folders that are missing or empty, or the pictures without a partner
   */
  static async open(options: DataOptions): Promise<UnalignedBatches> {
    checkDataOptions(options);
    const dataset = await openDataset(options.root);
    return new UnalignedBatches(options, options.paired ? inPairs(dataset) : dataset);
  }

  /** Pictures skipped so far: path below the root, and why it could not be used. */
  get skipped(): ReadonlyMap<string, string> {
    return this.skippedFiles;
  }

  /**
   * The micro-batches of a step, counted from 0 over the whole run: the same whatever was asked for before, whatever
   * the number of threads. Together they hold the pictures of one batch of as many. A broken picture is replaced by the
   * next one of its folder.
   * @throws DatasetError when not one picture of a folder can be used, those of a micro-batch differ in size, or a
   * partner is broken
   */
  microBatches(step: number): Promise<readonly Batch[]> {
    return this.prefetch.take(step);
  }

  /**
   * The first test pictures of a domain, resized to `size` x `size`, neither cropped nor mirrored.
   * @returns tensors [1, 3, size, size]; fewer than `count` when the folder has no more that can be used
   */
  async testPictures(domain: Domain, count: number, size: number): Promise<Tensor<'float32'>[]> {
    const folder: DatasetFolder = `test${domain}`;
    const pictures: Tensor<'float32'>[] = [];
    let next = 0;
    while (pictures.length < count && next < this.sizes[folder]) {
      const end = Math.min(next + count - pictures.length, this.sizes[folder]);
      const indices = Array.from({ length: end - next }, (_, offset) => next + offset);
      const found = await Promise.all(indices.map((index) => this.testPicture(folder, index, size)));
      pictures.push(...found.flatMap((picture) => (picture === undefined ? [] : [stack([picture])])));
      next = end;
    }
    return pictures;
  }

  /** Ends the threads; batches still in the making are rejected. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private async make(step: number): Promise<readonly Batch[]> {
    const { A, B } = this.order.picturesOf(step);
    const [picturesA, picturesB] = await Promise.all([
      this.trainPictures('A', A, step),
      this.trainPictures('B', B, step),
    ]);
    const { batchSize, microBatches = 1, paired = false } = this.options;
    if (paired) requirePairs(picturesA, picturesB);
    return Array.from({ length: microBatches }, (_, index) => {
      const part = (pictures: readonly PicturePlanes[]) =>
        pictures.slice(index * batchSize, (index + 1) * batchSize) as [PicturePlanes, ...PicturePlanes[]];
      return batchOf(part(picturesA), part(picturesB));
    });
  }

  private async trainPictures(domain: Domain, indices: readonly number[], step: number) {
    const folder: DatasetFolder = `train${domain}`;
    const augmentation = this.augmentationOf(step);
    const pictures = await Promise.all(
      indices.map(async (index, slot) => {
        const drawnFor = this.options.paired ? 'A' : domain;
        const randomKey = [this.options.seed, 'data', 'augment', step, drawnFor, slot] as const;
        const picture = await this.read({ folder, index, augmentation, randomKey, training: true });
        if (picture === undefined) throw new DatasetError(this.allBroken(folder));
        return picture;
      }),
    );
    return pictures;
  }

  private testPicture(folder: DatasetFolder, index: number, size: number) {
    const augmentation = testAugmentation(size);
    return this.read({ folder, index, augmentation, randomKey: [this.options.seed], training: false });
  }

  private async read(request: PictureRequest): Promise<PictureAnswer['picture']> {
    const { picture, skipped } = await this.pool.ask(request);
    for (const { file, reason } of skipped) {
      if (this.skippedFiles.has(file)) continue;
      this.skippedFiles.set(file, reason);
      this.options.onSkipped?.(file, reason);
    }
    return picture;
  }

  private augmentationOf(step: number): Augmentation {
    const { unit = 'steps', time = Number.POSITIVE_INFINITY } = this.options.plainResizeAfter ?? {};
    const steps = unit === 'epochs' ? time * this.stepsPerEpoch : time;
    return trainingAugmentation(this.options, step >= steps);
  }

  private allBroken(folder: DatasetFolder): string {
    const [file, reason] = [...this.skippedFiles].find(([name]) => name.startsWith(`${folder}/`)) ?? [];
    return `not one of the ${this.sizes[folder]} pictures in ${folder} can be used; ${file}: ${reason}`;
  }
}

/** A broken picture was replaced by another, which its partner does not fit. */
function requirePairs(picturesA: readonly PicturePlanes[], picturesB: readonly PicturePlanes[]): void {
  for (const [slot, { file }] of picturesA.entries()) {
    const other = picturesB[slot]?.file ?? '';
    if (partnerName(file) === partnerName(other)) continue;
    throw new DatasetError(`a paired picture cannot be used: ${file} came together with ${other}`);
  }
}

function batchOf(
  picturesA: readonly [PicturePlanes, ...PicturePlanes[]],
  picturesB: readonly [PicturePlanes, ...PicturePlanes[]],
): Batch {
  return {
    A: stack(picturesA),
    B: stack(picturesB),
    filesA: picturesA.map((picture) => picture.file),
    filesB: picturesB.map((picture) => picture.file),
  };
}
