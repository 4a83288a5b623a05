import { keepsOwnSizes } from '../../image/index.ts';
import { type EgsdeConfig, egsdeSchema, isEgsde } from './egsde.ts';
import { configFaults, parseTrainingConfig, TrainingConfigError } from './parse.ts';
import { type PriorConfig, priorMethod, priorSchema } from './prior.ts';
import { methodNames, type TrainingConfig } from './schema.ts';

/** EGSDE trains its parts in runs of their own. */
export const partedMethod = 'egsde';

/** What can be trained, by the names that users say. */
export const trainableMethods: readonly string[] = [...methodNames, partedMethod];

/** Settings of any run: of a method, of a method's second stage, or of a part of EGSDE. */
export type RunConfig = TrainingConfig | PriorConfig | EgsdeConfig;

/**
 * Complete, checked settings of any run.
 * @throws TrainingConfigError naming every field at fault
 */
export function parseRunConfig(given: unknown): RunConfig {
  const method = typeof given === 'object' && given !== null && 'method' in given ? given.method : undefined;
  if (isEgsde({ method })) return parseEgsdeConfig(given);
  return method === priorMethod ? parsePriorConfig(given) : parseTrainingConfig(given);
}

function parseEgsdeConfig(given: unknown): EgsdeConfig {
  const result = egsdeSchema.safeParse(given);
  if (!result.success) throw new TrainingConfigError(configFaults(result.error));
  const { cropSize, loadSize, preprocess, accumulate, stepsPerRun, options } = result.data;
  const { multipliers } = options.network;
  const side = 2 ** (multipliers.length - 1);
  if (cropSize % side !== 0) {
    refuse(
      `a U-Net of ${multipliers.length} levels needs a cropSize that is a multiple of ${side}, got ${cropSize}`,
    );
  }
  if (cropSize > loadSize) {
    refuse(`cropSize must not be larger than loadSize, got ${cropSize} and ${loadSize}`);
  }
  if (keepsOwnSizes(preprocess)) refuse(`preprocess must give pictures one size, got ${preprocess}`);
  requireOneOfBoth(accumulate, stepsPerRun);
  return result.data;
}

function refuse(fault: string): never {
  throw new TrainingConfigError(fault);
}

function requireOneOfBoth(accumulate: number, stepsPerRun: number): void {
  if (accumulate === 1 || stepsPerRun === 1) return;
  refuse(`stepsPerRun must be 1 where gradients are accumulated, got ${stepsPerRun}`);
}

function parsePriorConfig(given: unknown): PriorConfig {
  const result = priorSchema.safeParse(given);
  if (!result.success) throw new TrainingConfigError(configFaults(result.error));
  const { cropSize, preprocess, accumulate, stepsPerRun, options, firstStage } = result.data;
  const { multipliers } = firstStage.options.generator;
  const pixels = 2 ** (multipliers.length - 1);
  if (cropSize % pixels !== 0) {
    refuse(`cropSize must be a multiple of the ${pixels} pixels that a code stands for, got ${cropSize}`);
  }
  if (preprocess !== 'resize_and_crop') {
    refuse(`preprocess must be resize_and_crop, as a window has one size, got ${preprocess}`);
  }
  requireOneOfBoth(accumulate, stepsPerRun);
  if (options.width % options.heads !== 0) {
    refuse(`options.width must be a multiple of options.heads (${options.heads}), got ${options.width}`);
  }
  return result.data;
}
