import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { InvalidArgumentError } from '../core/errors.ts';
import { chooseProvider, type Provider } from '../runtime/index.ts';
import { egsdeParts, isEgsde } from '../training/config/egsde.ts';
import { parseRunConfig, presetNames, type RunConfig, trainableMethods } from '../training/config/index.ts';
import { priorMethod } from '../training/config/prior.ts';
import { methodOf } from '../training/methods/index.ts';
import {
  listCheckpoints,
  lockRunFolder,
  type RunFolder,
  readRunConfig,
  runFolder,
  writeRunConfig,
} from '../training/run/index.ts';
import { train } from '../training/trainer.ts';
import type { TrainingOutcome } from '../training/training-run.ts';
import { warmStartSource, warmWeights } from '../training/warm-start.ts';
import { interruptible } from './interruption.ts';
import { providerOption, repeated, wholeNumber } from './options.ts';
import {
  givenSettings,
  type SettingFlags,
  settingsOfNewRun,
  settingsOfSecondStage,
} from './train-settings.ts';
import { TrainingDisplay } from './training-display.ts';
import { softwareVersion } from './version.ts';

interface TrainFlags extends SettingFlags {
  readonly run: string;
  readonly resume?: boolean;
  readonly printConfig?: boolean;
  readonly provider: Provider;
  readonly threads?: number;
  readonly workers: number;
  readonly cacheMegabytes: number;
}

const megabyte = 1024 * 1024;
const count = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** `unpaired train`: trains a translator on two folders of pictures, or goes on with a run that was stopped. */
export function trainCommand(): Command {
  return new Command('train')
    .summary('train a translator on two folders of pictures')
    .description(
      'Trains a translator between two folders of pictures (trainA, trainB, testA, testB below --data). Checkpoints, ' +
        'previews, metrics.jsonl and TensorBoard events go to the folder of --run. Ctrl-C writes a checkpoint and ' +
        'ends; --resume goes on exactly where the last checkpoint is.',
    )
    .addOption(new Option('-m, --method <name>', 'training method').choices(trainableMethods))
    .option('--stage <n>', 'which stage of VQ-I2I (default: 1, or 2 with --first-stage)', wholeNumber(1, 2))
    .addOption(
      new Option(
        '--part <name>',
        'which part of EGSDE: the score network of B, or the classifier of A and B',
      ).choices(egsdeParts),
    )
    .option('-d, --data <folder>', 'folder with trainA, trainB, testA and testB')
    .option(
      '--first-stage <folder>',
      'train the second stage of VQ-I2I on the codes of this run of the first; data and sizes are those of that run',
    )
    .requiredOption('-r, --run <folder>', 'folder of this run; made if it is not there')
    .option('--resume', 'go on from the newest checkpoint of the run, with the settings that it began with')
    .addOption(
      new Option(
        '--preset <name>',
        'where the settings start from (default: published; small is sized for a CPU)',
      ).choices(presetNames),
    )
    .option('--steps <n>', 'train this many steps: the first half at full rate, then linearly to zero', count)
    .option(
      '--epochs <n>',
      'train this many epochs: the first half at full rate, then linearly to zero',
      count,
    )
    .option('--seed <n>', 'start of every random stream', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option(
      '--set <key=value>',
      'any setting, for example options.generator.filters=32; repeatable',
      repeated,
      [] as readonly string[],
    )
    .option(
      '--from <[network=]path[#name]>',
      "begin with the weights of a checkpoint (.pth, .safetensors, or a run's folder); repeatable",
      repeated,
      [] as readonly string[],
    )
    .option('--print-config', 'print all settings of the run as JSON and end; nothing is trained or written')
    .addOption(providerOption())
    .option(
      '--threads <n>',
      'threads of the training session (default: all that the process may use)',
      wholeNumber(1, 256),
    )
    .option('--workers <n>', 'threads that decode pictures', wholeNumber(1, 64), 1)
    .option('--cache-megabytes <n>', 'memory for decoded pictures', wholeNumber(0, 1_048_576), 512)
    .addHelpText(
      'after',
      `
Examples:
  unpaired train --method cut --data datasets/horse2zebra --run runs/horse2zebra --preset small --steps 20000
  unpaired train --run runs/horse2zebra --resume
  unpaired train --method fastcut --data photos --run runs/photos --set cropSize=64 --set loadSize=72
  unpaired train --method cyclegan --data photos --run runs/tuned --from generatorAtoB=latest_net_G_A.pth \\
    --from generatorBtoA=latest_net_G_B.pth
  unpaired train --method cut --data photos --run runs/on --from runs/horse2zebra
  unpaired train --method vq-i2i --stage 1 --data photos --run runs/first --preset small --steps 20000
  unpaired train --method vq-i2i --stage 2 --first-stage runs/first --run runs/prior --preset small --steps 20000
  unpaired train --method egsde --part score --data photos --run runs/score --preset small --steps 20000
  unpaired train --method egsde --part classifier --data photos --run runs/classifier --preset small --steps 3000`,
    )
    .action(runTraining);
}

async function runTraining(flags: TrainFlags): Promise<void> {
  const folder = runFolder(resolve(flags.run));
  // Before the lock, which makes the folder: a call that is refused leaves nothing behind.
  const config = flags.resume ? await settingsOfOldRun(folder, flags) : await warmStarted(flags);
  if (flags.printConfig) {
    process.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
    return;
  }
  const display = new TrainingDisplay();
  const lock = await lockRunFolder(folder);
  try {
    if (lock.takenOver !== undefined) display.noted(lock.takenOver);
    if (!flags.resume) await beginRun(folder, config);
    const { threads, workers, cacheMegabytes } = flags;
    const provider = await trainingProvider(flags.provider);
    const outcome = await interruptible((signal) =>
      train({
        config,
        folder,
        session: { provider, ...(threads === undefined ? {} : { threads }) },
        software: softwareVersion(),
        workers,
        cacheBytes: cacheMegabytes * megabyte,
        signal,
        observer: display,
      }),
    );
    display.stop();
    process.stdout.write(`${folder.path}\n`);
    process.stderr.write(`${farewell(outcome, flags.run, config)}\n`);
  } finally {
    display.stop();
    await lock.release();
  }
}

/** The settings of a new run, with the files that it begins with; these are tried, so that a misfit leaves no folder. */
async function warmStarted(flags: TrainFlags): Promise<RunConfig> {
  const config =
    flags.firstStage === undefined
      ? settingsOfNewRun(flags)
      : await settingsOfSecondStage(flags.firstStage, flags);
  const warmStart = await Promise.all((flags.from ?? []).map(warmStartSource));
  await warmWeights(methodOf(config), warmStart);
  return { ...config, warmStart };
}

async function settingsOfOldRun(folder: RunFolder, flags: TrainFlags): Promise<RunConfig> {
  const given = givenSettings(flags);
  if (given.length > 0) {
    throw new InvalidArgumentError(
      `--resume goes on with the settings of the run (${folder.configFile}): leave out ${given.join(', ')}`,
    );
  }
  const config = await readRunConfig(folder);
  if (config === undefined) {
    throw new InvalidArgumentError(
      `${folder.path} holds no run to resume: it has no config.json (leave out --resume to begin a run)`,
    );
  }
  return parseRunConfig(config);
}

/**
 * Writes the settings of a new run. What an earlier one left is replaced as long as it has no checkpoint: there is
 * nothing in it to go on from.
 * @throws InvalidArgumentError when there is a checkpoint
 */
async function beginRun(folder: RunFolder, config: RunConfig): Promise<void> {
  const checkpoints = await listCheckpoints(folder.checkpoints);
  if (checkpoints.length > 0) {
    throw new InvalidArgumentError(
      `${folder.path} already holds a run: add --resume to go on with it, or choose another --run`,
    );
  }
  await writeRunConfig(folder, config);
}

function farewell(
  { step, finished, skippedPictures }: TrainingOutcome,
  run: string,
  { method }: RunConfig,
): string {
  const skipped = skippedPictures === 0 ? '' : ` (broken pictures skipped: ${skippedPictures})`;
  const next = method === priorMethod ? '' : `; next: ${exportOf(run, method)}`;
  return finished
    ? `trained ${step} steps${skipped}${next}`
    : `stopped at step ${step}${skipped}; go on with: unpaired train --run ${run} --resume`;
}

function exportOf(run: string, method: RunConfig['method']): string {
  const runs = {
    'egsde-score': `--run ${run} --classifier-run CLASSIFIER`,
    'egsde-classifier': `--run SCORE --classifier-run ${run}`,
  };
  return `unpaired export ${isEgsde({ method }) ? runs[method as keyof typeof runs] : `--run ${run}`} --name my-model`;
}

/** `auto` passes WebGPU over: no training step has been checked on it. */
async function trainingProvider(asked: Provider): Promise<Provider> {
  if (asked !== 'auto') return asked;
  return (await chooseProvider(asked)).provider === 'webgpu' ? 'cpu' : asked;
}
