import { resolve } from 'node:path';
import { InvalidArgumentError } from '../core/errors.ts';
import { type EgsdePart, egsdeMethod, egsdeParts } from '../training/config/egsde.ts';
import {
  mergeSettings,
  parseRunConfig,
  partedMethod,
  presetOf,
  type RunConfig,
} from '../training/config/index.ts';
import { priorMethod, smallPrior } from '../training/config/prior.ts';
import { settingsAfter } from '../training/prior/first-stage.ts';
import { runFolder } from '../training/run/index.ts';
import { assignment } from './setting-assignment.ts';

/** The method with two stages. */
const stagedMethod = 'vq-i2i';

/** The options of `unpaired train` that decide what is computed: fixed when a run begins. */
export interface SettingFlags {
  readonly method?: string;
  readonly stage?: number;
  readonly part?: EgsdePart;
  readonly firstStage?: string;
  readonly data?: string;
  readonly preset?: string;
  readonly steps?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly from?: readonly string[];
  readonly set: readonly string[];
}

/** Names of the setting options that were given, as they are written on the command line. */
export function givenSettings(flags: SettingFlags): string[] {
  const { method, stage, part, firstStage, data, preset, steps, epochs, seed, from, set } = flags;
  const values = {
    method,
    stage,
    part,
    'first-stage': firstStage,
    data,
    preset,
    steps,
    epochs,
    seed,
    from: from?.[0],
    set: set[0],
  };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
}

/**
 * Settings of a new run: the preset, over it the options of their own, over these what `--set` says.
 * @throws InvalidArgumentError, TrainingConfigError
 */
export function settingsOfNewRun(flags: SettingFlags): RunConfig {
  requireStage(flags);
  const method = methodOf(flags);
  const { data, preset = 'published', seed } = flags;
  if (method === undefined || data === undefined) {
    throw new InvalidArgumentError('a new run needs --method and --data (or use --resume with an old one)');
  }
  const own = { method, data: resolve(data), ...scheduleOf(flags), ...(seed === undefined ? {} : { seed }) };
  const layers = [presetOf(preset, method), own, ...flags.set.map(assignment)];
  return parseRunConfig(layers.reduce(mergeSettings));
}

/** What is trained: the method, or the part of it that is asked for. @throws InvalidArgumentError */
function methodOf({ method, part }: SettingFlags): string | undefined {
  if (part === undefined && method !== partedMethod) return method;
  if (part !== undefined && method === partedMethod) return egsdeMethod(part);
  throw new InvalidArgumentError(
    part === undefined
      ? `${partedMethod} trains its parts one by one: say --part ${egsdeParts.join(' or --part ')}`
      : `--part is for --method ${partedMethod}, got ${method ?? 'no method'}`,
  );
}

/**
 * Settings of a second stage: those that follow from the run of the first, then as above.
 * @throws InvalidArgumentError, FirstStageError, TrainingConfigError
 */
export async function settingsOfSecondStage(firstStage: string, flags: SettingFlags): Promise<RunConfig> {
  requireStage(flags);
  const { data, preset = 'published', seed } = flags;
  if (flags.method !== undefined && flags.method !== stagedMethod) {
    throw new InvalidArgumentError(
      `--first-stage says the method already: leave out --method, got ${flags.method}`,
    );
  }
  const after = await settingsAfter(runFolder(resolve(firstStage)));
  const own = {
    method: priorMethod,
    ...(data === undefined ? {} : { data: resolve(data) }),
    ...scheduleOf(flags),
    ...(seed === undefined ? {} : { seed }),
  };
  const start = preset === 'small' ? smallPrior : presetOf(preset, priorMethod);
  const layers = [after, start, own, ...flags.set.map(assignment)];
  return parseRunConfig(layers.reduce(mergeSettings));
}

/** @throws InvalidArgumentError when --stage does not go with the other options */
function requireStage({ method = stagedMethod, stage, firstStage }: SettingFlags): void {
  if (stage === undefined) return;
  if (method !== stagedMethod) {
    throw new InvalidArgumentError(`${method} trains in one stage: leave out --stage, got ${stage}`);
  }
  if ((stage === 2) === (firstStage !== undefined)) return;
  throw new InvalidArgumentError(
    stage === 2
      ? '--stage 2 trains on the codes of a run of stage 1: name that run with --first-stage'
      : `--first-stage is for --stage 2, got --stage ${stage}`,
  );
}

function scheduleOf({ steps, epochs }: SettingFlags): object {
  if (steps !== undefined && epochs !== undefined) {
    throw new InvalidArgumentError(`--steps and --epochs exclude each other, got ${steps} and ${epochs}`);
  }
  if (steps !== undefined) return { schedule: halves('steps', steps) };
  return epochs === undefined ? {} : { schedule: halves('epochs', epochs) };
}

/** As published: the first half at the full rate, the second decaying. */
function halves(unit: 'steps' | 'epochs', total: number): object {
  return { unit, constant: Math.ceil(total / 2), decay: Math.floor(total / 2) };
}
