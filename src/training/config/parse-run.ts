import { configFaults, parseTrainingConfig, TrainingConfigError } from './parse.ts';
import { type PriorConfig, priorMethod, priorSchema } from './prior.ts';
import type { TrainingConfig } from './schema.ts';

/** Settings of any run: of a method, or of a method's second stage. */
export type RunConfig = TrainingConfig | PriorConfig;

/**
 * Complete, checked settings of any run.
 * @throws TrainingConfigError naming every field at fault
 */
export function parseRunConfig(given: unknown): RunConfig {
  const method = typeof given === 'object' && given !== null && 'method' in given ? given.method : undefined;
  return method === priorMethod ? parsePriorConfig(given) : parseTrainingConfig(given);
}

function parsePriorConfig(given: unknown): PriorConfig {
  const result = priorSchema.safeParse(given);
  if (!result.success) throw new TrainingConfigError(configFaults(result.error));
  const { cropSize, preprocess, accumulate, stepsPerRun, options, firstStage } = result.data;
  const { multipliers } = firstStage.options.generator;
  const pixels = 2 ** (multipliers.length - 1);
  const refuse = (fault: string) => {
    throw new TrainingConfigError(fault);
  };
  if (cropSize % pixels !== 0) {
    refuse(`cropSize must be a multiple of the ${pixels} pixels that a code stands for, got ${cropSize}`);
  }
  if (preprocess !== 'resize_and_crop') {
    refuse(`preprocess must be resize_and_crop, as a window has one size, got ${preprocess}`);
  }
  if (accumulate > 1 && stepsPerRun > 1) {
    refuse(`stepsPerRun must be 1 where gradients are accumulated, got ${stepsPerRun}`);
  }
  if (options.width % options.heads !== 0) {
    refuse(`options.width must be a multiple of options.heads (${options.heads}), got ${options.width}`);
  }
  return result.data;
}
