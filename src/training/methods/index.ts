import type { TrainingConfig } from '../config/index.ts';
import { cut } from './cut.ts';
import type { Method } from './method.ts';
import type { BatchShape } from './networks.ts';

const pictureChannels = 3;

/** The method that a configuration names, for pictures of its size. */
export function methodOf(config: TrainingConfig): Method {
  const batch: BatchShape = [config.batchSize, pictureChannels, config.cropSize, config.cropSize];
  switch (config.method) {
    case 'cut':
    case 'fastcut':
      return cut(config.options, batch);
  }
}
