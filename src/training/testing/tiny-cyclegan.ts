import { mergeSettings, parseTrainingConfig, type TrainingConfig } from '../config/index.ts';

/** A run of CycleGAN on 16x16 pixels with the smallest networks and a pool of 2, but for `changes`. */
export function tinyCycleGan(changes: object = {}): TrainingConfig {
  const base = {
    method: 'cyclegan',
    data: 'photos',
    loadSize: 18,
    cropSize: 16,
    checkpointSteps: 1000,
    previewSteps: 1000,
    previewPictures: 2,
    logSteps: 1,
    schedule: { unit: 'steps', constant: 4, decay: 4 },
    options: {
      generator: { filters: 2, blocks: 1 },
      discriminator: { filters: 2, layers: 1 },
      // Larger than published, so that a few steps change something.
      initialization: { gain: 0.5 },
      optimizer: { learningRate: 0.002 },
      poolSize: 2,
    },
  };
  return parseTrainingConfig(mergeSettings(base, changes));
}
