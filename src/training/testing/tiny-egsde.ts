import { type EgsdeConfig, type EgsdePart, egsdeMethod, isEgsde } from '../config/egsde.ts';
import { mergeSettings, parseRunConfig } from '../config/index.ts';

/** A run of 4 steps of a part of EGSDE on 8x8 pixels with the smallest networks, but for `changes`. */
export function tinyEgsde(part: EgsdePart, changes: object = {}): EgsdeConfig {
  const config = parseRunConfig(
    mergeSettings(
      {
        method: egsdeMethod(part),
        data: 'photos',
        loadSize: 8,
        cropSize: 8,
        batchSize: 2,
        checkpointSteps: 1000,
        previewSteps: 1000,
        previewPictures: 2,
        logSteps: 1,
        averageDecay: 0.5,
        schedule: { unit: 'steps', constant: 4, decay: 0 },
        options: {
          network: {
            filters: 32,
            multipliers: [2],
            residualBlocks: 1,
            attentionResolutions: [],
            headChannels: 16,
          },
          noise: { steps: 40 },
          optimizer: { learningRate: 0.002 },
        },
      },
      changes,
    ),
  );
  if (isEgsde(config)) return config;
  throw new Error(`expected settings of a part of EGSDE, got ${config.method}`);
}
