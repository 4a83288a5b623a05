import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/core/errors.ts';
import { evaluateModel, type ModelFigures } from './model-figures.ts';
import { runProgram } from './program.ts';
import { type LossCourse, lossCourses, runFaults } from './run-faults.ts';
import { lastStep, type PreviewChange, readRun } from './run-record.ts';

export interface MethodSettings {
  readonly data: string;
  /** Folder for `runs` and `models`. */
  readonly out: string;
  readonly steps: number;
  /** Side of the training pictures in pixels. */
  readonly size: number;
  readonly filters: number;
  readonly threads: number;
  /** Whether test pictures of one name show the same thing. */
  readonly pairs: boolean;
}

export interface MethodResult {
  readonly method: string;
  readonly steps: number;
  readonly stepsPerSecond: number;
  readonly losses: readonly LossCourse[];
  readonly previews: readonly PreviewChange[];
  /** Names of the exported models. */
  readonly models: readonly string[];
  readonly figures: readonly ModelFigures[];
  /** Empty when all is well. */
  readonly faults: readonly string[];
}

/** Trains one method, stopped half-way and resumed, exports what it trained, and evaluates it. Does not throw. */
export async function checkMethod(method: string, settings: MethodSettings): Promise<MethodResult> {
  const { steps, out } = settings;
  const run = join(out, 'runs', method);
  const nothing = { stepsPerSecond: Number.NaN, losses: [], previews: [], models: [], figures: [] };
  try {
    const resumed = await trainInTwoSittings(method, run, settings);
    const record = await readRun(run);
    const directions = record.previews.map(({ from }) => from);
    const figures: ModelFigures[] = [];
    for (const from of directions) {
      const model = await exportModel(method, run, from, out);
      figures.push(await evaluateModel(model, { ...settings, models: join(out, 'models'), from }));
    }
    return {
      method,
      steps,
      stepsPerSecond: steps / (record.lines.at(-1)?.seconds ?? Number.NaN),
      losses: lossCourses(record),
      previews: record.previews,
      models: figures.map(({ model }) => model),
      figures,
      faults: [...resumed, ...runFaults(record, steps)],
    };
  } catch (thrown) {
    return { method, steps, ...nothing, faults: [messageOf(thrown)] };
  }
}

/** @returns what was wrong with stopping */
async function trainInTwoSittings(method: string, run: string, settings: MethodSettings): Promise<string[]> {
  const { steps, threads } = settings;
  const session = ['--threads', String(threads)];
  const half = Math.ceil(steps / 2);
  await runProgram([...trainArguments(method, run, settings), ...session], {
    interruptWhen: async () => (await lastStep(run)) >= half,
  });
  const stoppedAt = await lastStep(run);
  await runProgram(['train', '--run', run, '--resume', ...session]);
  return stoppedAt < steps ? [] : [`the run was at its end, step ${stoppedAt}, before it could be stopped`];
}

function trainArguments(method: string, run: string, settings: MethodSettings): string[] {
  const { data, steps, size, filters } = settings;
  const changes = {
    cropSize: size,
    loadSize: Math.round((size * 9) / 8),
    'options.generator.filters': filters,
    'options.discriminator.filters': filters,
    ...ownChanges(method, settings),
    logSteps: Math.max(1, Math.floor(steps / 100)),
    previewSteps: steps,
  };
  return [
    ...['train', '--method', method, '--data', data, '--run', run, '--steps', String(steps)],
    ...Object.entries(changes).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ];
}

/** What a short run on small pictures needs of a method. */
function ownChanges(method: string, { steps, size, filters }: MethodSettings): Record<string, number> {
  if (method === 'cyclegan') return {};
  if (method === 'vq-i2i') {
    // Its norms have groups of 32 channels.
    const channels = 32 * Math.max(1, Math.round(filters / 32));
    return {
      'options.generator.filters': channels,
      'options.generator.contentChannels': channels,
      'options.codebook.size': 64,
      'options.codebook.dimension': 16,
      'options.optimizer.learningRate': 2e-4,
    };
  }
  if (method === 'drit') return { 'options.contentDiscriminator.halvings': halvingsFor(size) };
  // Feature maps of small pictures have fewer places than the published number of patches.
  const patches = { 'options.patches': Math.min(256, (size / 4) ** 2) };
  // EnCo's rate rises over epochs, of which a short run has none.
  return method === 'enco' ? { ...patches, 'schedule.warmUp': Math.floor(steps / 10) } : patches;
}

/** As often as content of pictures of this size can be halved. */
function halvingsFor(size: number): number {
  return [212, 100, 44].filter((least) => size >= least).length;
}

async function exportModel(method: string, run: string, from: 'A' | 'B', out: string): Promise<string> {
  const [direction, name] = from === 'A' ? ['AtoB', `${method}-a2b`] : ['BtoA', `${method}-b2a`];
  const models = ['--models', join(out, 'models')];
  const printed = await runProgram([
    ...['export', '--run', run, '--name', name, '--direction', direction],
    ...models,
  ]);
  // The manifest is written last; that it is there tells that the package is.
  await readFile(join(printed.trim(), 'manifest.json'));
  return name;
}
