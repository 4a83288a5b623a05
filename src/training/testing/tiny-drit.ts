import { mergeSettings, parseTrainingConfig, type TrainingConfig } from '../config/index.ts';

/** A run of DRIT on 32x32 pixels with the smallest networks that have every part, but for `changes`. */
export function tinyDrit(changes: object = {}): TrainingConfig & { method: 'drit' } {
  const base = {
    method: 'drit',
    data: 'photos',
    loadSize: 36,
    cropSize: 32,
    checkpointSteps: 1000,
    previewSteps: 1000,
    previewPictures: 2,
    logSteps: 1,
    schedule: { unit: 'steps', constant: 3, decay: 3 },
    options: {
      attributeCodeSize: 3,
      generator: { filters: 2 },
      discriminator: { filters: 2, scales: 2 },
      contentDiscriminator: { halvings: 0 },
      // Larger than published, so that a few steps change something.
      optimizer: { learningRate: 0.002 },
      contentOptimizer: { learningRate: 0.002 },
    },
  };
  return parseTrainingConfig(mergeSettings(base, changes)) as TrainingConfig & { method: 'drit' };
}
