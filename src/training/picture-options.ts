import type { DataOptions } from './data/index.ts';
import type { TrainingRun } from './training-run.ts';

/** How a run reads the pictures that its settings name. */
export function pictureOptions({ config, workers, cacheBytes, observer }: TrainingRun): DataOptions {
  const { preprocess, batchSize, loadSize, cropSize, flip, seed, serial, schedule } = config;
  return {
    root: config.data,
    preprocess,
    batchSize,
    microBatches: config.accumulate,
    loadSize,
    cropSize,
    flip,
    seed,
    serial,
    paired: config.method === 'vq-i2i' && config.options.paired,
    plainResizeAfter: { unit: schedule.unit, time: schedule.constant },
    cacheBytes,
    workers,
    prefetch: Math.max(4, 2 * config.stepsPerRun),
    onSkipped: (file, reason) => observer.noted(`skipped ${file}: ${reason}`),
  };
}
