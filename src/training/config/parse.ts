import { UnpairedError } from '../../core/errors.ts';
import { type TrainingConfig, trainingSchema } from './schema.ts';

/** Training settings that do not fit their schema; the message lists every field at fault. */
export class TrainingConfigError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'TRAINING_CONFIG_INVALID', status: 422 });
  }
}

/**
 * Complete, checked settings.
 * @throws TrainingConfigError naming every field at fault
 */
export function parseTrainingConfig(given: unknown): TrainingConfig {
  const result = trainingSchema.safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'settings'}: ${message}`,
    );
    throw new TrainingConfigError(`these training settings cannot be used: ${faults.join('; ')}`);
  }
  const config = result.data;
  if (config.cropSize > config.loadSize && config.preprocess.endsWith('_and_crop')) {
    throw new TrainingConfigError(
      `cropSize must not be larger than loadSize, got ${config.cropSize} and ${config.loadSize}`,
    );
  }
  requireWholeHalvings(config);
  return config;
}

/** A U-Net joins each level with what it has halved and doubled again: both must have one size. */
function requireWholeHalvings(config: TrainingConfig): void {
  if (config.method !== 'cyclegan' || config.options.generator.kind !== 'unet') return;
  const { downs } = config.options.generator;
  if (config.cropSize % 2 ** downs === 0) return;
  throw new TrainingConfigError(
    `a U-Net that halves the size ${downs} times needs a cropSize that is a multiple of ${2 ** downs}, got ${config.cropSize}`,
  );
}
