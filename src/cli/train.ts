import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { InvalidArgumentError } from '../core/errors.ts';
import { availableThreads } from '../runtime/index.ts';
import {
  mergeSettings,
  methodNames,
  parseTrainingConfig,
  presets,
  type TrainingConfig,
} from '../training/config/index.ts';
import {
  lockRunFolder,
  openProgress,
  type Progress,
  readRunConfig,
  runFolder,
  writeRunConfig,
} from '../training/run/index.ts';
import { type TrainingObserver, train } from '../training/trainer.ts';
import { providerOption } from './options.ts';

interface TrainFlags {
  readonly method?: string;
  readonly data?: string;
  readonly run: string;
  readonly resume?: boolean;
  readonly preset: string;
  readonly steps?: string;
  readonly epochs?: string;
  readonly seed?: string;
  readonly set: readonly string[];
  readonly provider: 'auto' | 'cpu' | 'cuda' | 'webgpu';
  readonly threads?: string;
  readonly workers: string;
  readonly cacheMegabytes: string;
}

const megabyte = 1024 * 1024;

/** `unpaired train`: trains a translator on two folders of pictures, or goes on with a run that was stopped. */
export function trainCommand(): Command {
  return new Command('train')
    .summary('train a translator on two folders of pictures')
    .description(
      'Trains a translator between two folders of pictures (trainA, trainB, testA, testB below --data). Checkpoints, ' +
        'previews, metrics.jsonl and TensorBoard events go to the folder of --run. Ctrl-C writes a checkpoint and ' +
        'ends; --resume goes on exactly where the last checkpoint is.',
    )
    .addOption(new Option('-m, --method <name>', 'training method').choices(methodNames))
    .option('-d, --data <folder>', 'folder with trainA, trainB, testA and testB')
    .requiredOption('-r, --run <folder>', 'folder of this run; made if it is not there')
    .option('--resume', 'go on from the newest checkpoint of the run')
    .addOption(
      new Option('--preset <name>', 'where the settings start from')
        .choices(Object.keys(presets))
        .default('published'),
    )
    .option('--steps <n>', 'train this many steps: the first half at full rate, then linearly to zero')
    .option('--epochs <n>', 'train this many epochs: the first half at full rate, then linearly to zero')
    .option('--seed <n>', 'start of every random stream')
    .option(
      '--set <key=value>',
      'any setting, for example options.generator.filters=32; repeatable',
      collect,
      [],
    )
    .addOption(providerOption())
    .option('--threads <n>', 'threads of the training session (default: all that the process may use)')
    .option('--workers <n>', 'threads that decode pictures', '1')
    .option('--cache-megabytes <n>', 'memory for decoded pictures', '512')
    .addHelpText(
      'after',
      `
Examples:
  unpaired train --method cut --data datasets/horse2zebra --run runs/horse2zebra --preset small --steps 20000
  unpaired train --run runs/horse2zebra --resume
  unpaired train --method fastcut --data photos --run runs/photos --set cropSize=64 --set loadSize=72`,
    )
    .action((flags: TrainFlags) => runTraining(flags));
}

async function runTraining(flags: TrainFlags): Promise<void> {
  const folder = runFolder(resolve(flags.run));
  const lock = await lockRunFolder(folder);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const watch = new TerminalObserver();
  try {
    if (lock.takenOver !== undefined) watch.noted(lock.takenOver);
    const config = flags.resume
      ? parseTrainingConfig(await readRunConfig(folder))
      : await newRun(folder, flags);
    const outcome = await train({
      config,
      folder,
      session: {
        provider: flags.provider,
        threads: flags.threads === undefined ? availableThreads() : positive('--threads', flags.threads),
      },
      workers: positive('--workers', flags.workers),
      cacheBytes: positive('--cache-megabytes', flags.cacheMegabytes) * megabyte,
      signal: stop.signal,
      observer: watch,
    });
    watch.stop();
    process.stdout.write(`${folder.path}\n`);
    process.stderr.write(
      outcome.finished
        ? `trained ${outcome.step} steps; next: unpaired export --run ${flags.run} --name my-model\n`
        : `stopped at step ${outcome.step}; go on with: unpaired train --run ${flags.run} --resume\n`,
    );
  } finally {
    watch.stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await lock.release();
  }
}

/** Settings of a new run, written to its folder. @throws InvalidArgumentError when the folder holds a run already */
async function newRun(folder: ReturnType<typeof runFolder>, flags: TrainFlags): Promise<TrainingConfig> {
  if ((await readRunConfig(folder)) !== undefined) {
    throw new InvalidArgumentError(
      `${folder.path} already holds a run: add --resume to go on with it, or choose another --run`,
    );
  }
  if (flags.method === undefined || flags.data === undefined) {
    throw new InvalidArgumentError('a new run needs --method and --data (or use --resume with an old one)');
  }
  const config = parseTrainingConfig(settingsOf(flags));
  await writeRunConfig(folder, config);
  return config;
}

function settingsOf(flags: TrainFlags): object {
  const own: Record<string, unknown> = { method: flags.method, data: resolve(flags.data as string) };
  if (flags.seed !== undefined) own.seed = Number(flags.seed);
  if (flags.steps !== undefined) own.schedule = halves('steps', positive('--steps', flags.steps));
  if (flags.epochs !== undefined) own.schedule = halves('epochs', positive('--epochs', flags.epochs));
  return flags.set.map(setting).reduce(mergeSettings, mergeSettings(presets[flags.preset] as object, own));
}

function halves(unit: 'steps' | 'epochs', total: number): object {
  return { unit, constant: Math.ceil(total / 2), decay: Math.floor(total / 2) };
}

/** `a.b=1` to `{ a: { b: 1 } }`; values are JSON, or text where they are not. */
function setting(assignment: string): object {
  const at = assignment.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`--set takes key=value, got "${assignment}"`);
  const path = assignment.slice(0, at).split('.');
  return path.reduceRight<unknown>(
    (value, key) => ({ [key]: value }),
    jsonOrText(assignment.slice(at + 1)),
  ) as object;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError(`${option} takes a whole number above 0, got "${text}"`);
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** Progress on stderr: a bar on a terminal, lines elsewhere. */
class TerminalObserver implements TrainingObserver {
  private progress: Progress | undefined;

  started(facts: Parameters<TrainingObserver['started']>[0]): void {
    const { resumedStep, totalSteps, provider, sizes } = facts;
    this.progress = openProgress({ totalSteps, resumedStep });
    const from = resumedStep === 0 ? 'new run' : `resumed at step ${resumedStep}`;
    const counts = `${sizes.trainA} + ${sizes.trainB} training pictures, ${sizes.testA} + ${sizes.testB} test pictures`;
    this.noted(`${from} of ${totalSteps} steps on ${provider}; ${counts}`);
  }

  stepped({ step, epoch, imagesPerSecond, losses }: Parameters<TrainingObserver['stepped']>[0]): void {
    this.progress?.update({ step, epoch, imagesPerSecond, losses });
  }

  noted(line: string): void {
    if (this.progress) this.progress.message(line);
    else process.stderr.write(`${line}\n`);
  }

  stop(): void {
    this.progress?.stop();
    this.progress = undefined;
  }
}
