import { Command, InvalidArgumentError } from 'commander';
import type { Size } from '../image/index.ts';
import { availableThreads } from '../runtime/index.ts';
import {
  deviceDifference,
  deviceHere,
  type ModelTuning,
  readConfig,
  readTuning,
  type Tuning,
  threadBudget,
  tuningPath,
  writeTuning,
} from '../serving/index.ts';
import { modelsOption, providerOption } from './options.ts';
import { formatTable } from './text-table.ts';
import { measureModels } from './tune-models.ts';
import { parseSizes } from './tune-sizes.ts';

interface TuneFlags {
  readonly models: string;
  readonly model?: string;
  readonly sizes?: readonly Size[];
  readonly seconds: number;
  readonly provider?: string;
  readonly device?: string;
  readonly json?: boolean;
}

/** `unpaired tune`: measures which lanes and batches pay, and writes it where the service reads it. */
export function tuneCommand(): Command {
  return new Command('tune')
    .summary('measure which lanes and batch sizes pay on this device')
    .description(
      'Measures each model at its own size, or at those of --sizes: pictures a second over lanes x threads, in rounds that take turns, then the ' +
        'time of a run over batches of 1, 2, 4 and so on, until a larger one saves less than 5 % of the time of a picture. ' +
        'Writes the choice to tuning.json (TUNING_FILE), which the service reads when it starts, if device and model are ' +
        'those that were measured. Let nothing else run meanwhile.',
    )
    .addOption(modelsOption())
    .option('--model <name>', 'one model, or one version of it as name/version (default: the newest of each)')
    .option(
      '--sizes <list>',
      'sizes of pictures, as 256x256,512x512, for models that take any: the service goes by the nearest (default: the own size of each)',
      parseSizes,
    )
    .option('--seconds <n>', 'seconds of each measurement', positive, 2)
    .addOption(providerOption().env('PROVIDER'))
    .option('--device <index>', 'device of a GPU provider (default: DEVICE_ID, or 0)')
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      '\nExamples:\n  unpaired tune\n  unpaired tune --model horse2zebra --sizes 128x128,512x512 --seconds 5',
    )
    .action(tune);
}

async function tune(flags: TuneFlags): Promise<void> {
  const config = readConfig({
    ...process.env,
    MODELS_DIR: flags.models,
    ...(flags.provider && { PROVIDER: flags.provider }),
    ...(flags.device && { DEVICE_ID: flags.device }),
  });
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const { provider, layout, models } = await measureModels({
    root: flags.models,
    model: flags.model,
    sizes: flags.sizes,
    seconds: flags.seconds,
    provider: config.PROVIDER,
    deviceId: config.DEVICE_ID,
    budget: threadBudget(availableThreads()),
    note,
  });
  const file = tuningPath(config);
  const device = { ...deviceHere(config), provider };
  const before = await readTuning(file, note);
  const kept = before && deviceDifference(before.device, device) === undefined ? before.models : [];
  const tuning: Tuning = {
    schemaVersion: 1,
    measuredAt: new Date().toISOString(),
    device,
    ...layout,
    models: [...kept.filter((each) => !models.some((other) => isSame(each, other))), ...models],
  };
  if (file !== undefined) await writeTuning(file, tuning);
  process.stdout.write(flags.json ? `${JSON.stringify(tuning, null, 2)}\n` : report(tuning));
  note(file === undefined ? 'nothing was written: TUNING_FILE is none' : `wrote ${file}`);
}

function isSame(left: ModelTuning, right: ModelTuning): boolean {
  return left.model === right.model && left.version === right.version;
}

function report({ device, lanes, threadsPerLane, models }: Tuning): string {
  const layouts = models.flatMap(({ model, version, layouts: measured }) =>
    measured.map((each) => [
      `${model}/${version}`,
      `${each.lanes} x ${each.threadsPerLane}`,
      each.itemsPerSecond.toFixed(2),
    ]),
  );
  return [
    `${device.processor}, ${device.threads} threads, ${device.provider}, ONNX Runtime ${device.onnxruntime}`,
    formatTable([['MODEL', 'LANES x THREADS', 'PICTURES/S'], ...layouts]),
    formatTable([
      ['MODEL', 'SIZE', 'BATCH', 'MS', 'MS/PICTURE', 'FIT', 'RESIDUAL', 'CHOICE'],
      ...models.flatMap(batchRows),
    ]),
    `lanes: ${lanes}, threads per lane: ${threadsPerLane}\n`,
  ].join('\n');
}

function batchRows({ model, version, width, height, latencies, fit, maxBatch }: ModelTuning): string[][] {
  return latencies.map(({ items, milliseconds }, index) => [
    `${model}/${version}`,
    `${width}x${height}`,
    String(items),
    milliseconds.toFixed(2),
    (milliseconds / items).toFixed(2),
    index === 0 ? `${fit.fixed.toFixed(2)} + ${fit.perItem.toFixed(2)} n` : '',
    index === 0 ? fit.residual.toFixed(2) : '',
    items === maxBatch ? (maxBatch === 1 ? 'no batches' : `batches of ${maxBatch}`) : '',
  ]);
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 600) return value;
  throw new InvalidArgumentError('Expected a number above 0, up to 600.');
}
