import type { z } from 'zod';
import { UnpairedError } from '../../core/errors.ts';
import { keepsOwnSizes } from '../../image/index.ts';
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
    throw new TrainingConfigError(configFaults(result.error));
  }
  const config = result.data;
  if (config.cropSize > config.loadSize && config.preprocess.endsWith('_and_crop')) {
    throw new TrainingConfigError(
      `cropSize must not be larger than loadSize, got ${config.cropSize} and ${config.loadSize}`,
    );
  }
  if (config.accumulate > 1 && config.stepsPerRun > 1) {
    throw new TrainingConfigError(
      `stepsPerRun must be 1 where gradients are accumulated, got ${config.stepsPerRun} with accumulate ${config.accumulate}`,
    );
  }
  requireWholeHalvings(config);
  requireWholeCodes(config);
  if (keepsOwnSizes(config.preprocess)) requireAnySize(config);
  return config;
}

/** Every field at fault, as a sentence. */
export function configFaults({ issues }: z.ZodError): string {
  const faults = issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`);
  return `these training settings cannot be used: ${faults.join('; ')}`;
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

/** Every level of VQ-I2I but the last halves the size, and its decoders double it again. */
function requireWholeCodes(config: TrainingConfig): void {
  if (config.method !== 'vq-i2i') return;
  const side = 2 ** (config.options.generator.multipliers.length - 1);
  if (config.cropSize % side === 0) return;
  throw new TrainingConfigError(
    `vq-i2i with ${config.options.generator.multipliers.length} levels writes a code for ${side}x${side} pixels: cropSize must be a multiple of ${side}, got ${config.cropSize}`,
  );
}

/** @throws TrainingConfigError for settings that need pictures of one size */
function requireAnySize({ preprocess, stepsPerRun, method, options }: TrainingConfig): void {
  const refuse = (what: string) => {
    throw new TrainingConfigError(`preprocess ${preprocess} leaves pictures sizes of their own: ${what}`);
  };
  if (stepsPerRun > 1) refuse(`stepsPerRun must be 1, got ${stepsPerRun}`);
  if (method === 'drit') refuse('drit joins content of both domains, whose pictures must have one size');
  if (method === 'vq-i2i')
    refuse('vq-i2i decodes content of both domains together, whose pictures must have one size');
  if (method !== 'cyclegan') return;
  if (options.poolSize > 0) {
    refuse(`options.poolSize must be 0 (a pool holds pictures of one size), got ${options.poolSize}`);
  }
  if (options.generator.kind === 'unet') refuse('options.generator.kind must be resnet, got unet');
}
