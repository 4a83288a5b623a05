import { mergeSettings, parseTrainingConfig, type TrainingConfig } from '../config/index.ts';

/** Settings of the smallest networks that still have every part. */
export const tinySettings = {
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
    featureLayers: [0, 4, 8, 12],
    patches: 12,
    projectionChannels: 6,
    // Larger than published, so that a few steps change something.
    initialization: { gain: 0.5 },
    optimizer: { learningRate: 0.002 },
  },
};

/** A run of 8 steps of CUT on 16x16 pixels with 2 filters, but for `changes`. */
export function tinyConfig(changes: object = {}): TrainingConfig {
  const base = { method: 'cut', data: 'photos', ...tinySettings };
  return parseTrainingConfig(mergeSettings(base, changes));
}
