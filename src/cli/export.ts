import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { availableThreads } from '../runtime/index.ts';
import {
  type Direction,
  directions,
  type ExportedWeights,
  type ExportRequest,
  exportedWeights,
} from '../training/export/export-request.ts';
import { exportRun } from '../training/export/export-run.ts';
import { runFolder } from '../training/run/index.ts';
import { type CardFlags, cardOptions } from './card-options.ts';
import { guidedOptions } from './guided-options.ts';
import { modelsOption, modelVersionOption } from './options.ts';
import { softwareVersion } from './version.ts';

interface ExportFlags
  extends CardFlags,
    Omit<
      ExportRequest,
      | 'folder'
      | 'classifierFolder'
      | 'version'
      | 'pictures'
      | 'commands'
      | 'software'
      | 'threads'
      | 'source'
      | 'target'
    > {
  readonly weights: ExportedWeights;
  readonly run: string;
  readonly classifierRun?: string;
  readonly direction: Direction;
  readonly source?: string;
  readonly target?: string;
  readonly modelVersion?: string;
}

/** `unpaired export`: a trained run becomes a model package that the service serves. */
export function exportCommand(): Command {
  const command = new Command('export')
    .summary('make a model package of a training run')
    .description(
      'Writes models/<name>/<version>/ from the newest checkpoint of a run: its networks as ONNX with pictures as ' +
        'bytes at both ends, manifest.json with checksums, CARD.md and preview.webp. A running service reads it when ' +
        'it is started again. Prints the path of the package.',
    )
    .requiredOption('-r, --run <folder>', 'folder of the run')
    .option(
      '--classifier-run <folder>',
      "folder of the run of EGSDE's classifier, for one of its score network",
    )
    .requiredOption('-n, --name <name>', 'name of the model: lower-case letters, digits, dots, dashes')
    .addOption(modelsOption())
    .addOption(modelVersionOption())
    .option('--checkpoint <file>', 'checkpoint to export (default: the newest)')
    .addOption(
      new Option(
        '--direction <name>',
        'which translator, of a method that trains both, such as cyclegan; of vq-i2i, whose package has both, which domain is its source',
      )
        .choices(directions)
        .default('AtoB'),
    )
    .addOption(
      new Option(
        '--weights <which>',
        'the moving average, where the run keeps one, or those of the last step',
      )
        .choices(exportedWeights)
        .default('average'),
    )
    .option(
      '--safetensors <file>',
      "also write the generator's weights, under the names of the published code",
    )
    .option('--source <name>', 'what it translates from, for people (default: A, or B with BtoA)')
    .option('--target <name>', 'what it translates to, for people (default: B, or A with BtoA)')
    .addHelpText(
      'after',
      `
Examples:
  unpaired export --run runs/horse2zebra --name horse2zebra --source horse --target zebra
  unpaired export --run runs/horse2zebra --name zebra2horse --direction BtoA --source zebra --target horse
  unpaired export --run runs/score --classifier-run runs/classifier --name flat2three --steps 50 --solver second-order`,
    )
    .action(runExport);
  const pictures = 'picture for the preview, instead of test pictures of the dataset';
  for (const option of [...guidedOptions(), ...cardOptions(pictures)]) command.addOption(option);
  return command;
}

async function runExport(flags: ExportFlags): Promise<void> {
  const { run, classifierRun, models, modelVersion, command, picture, ...rest } = flags;
  const [from, to] = flags.direction === 'AtoB' ? ['A', 'B'] : ['B', 'A'];
  const path = await exportRun({
    source: from,
    target: to,
    ...rest,
    folder: runFolder(resolve(run)),
    ...(classifierRun !== undefined && { classifierFolder: runFolder(resolve(classifierRun)) }),
    models: resolve(models),
    ...(modelVersion === undefined ? {} : { version: modelVersion }),
    commands: command,
    pictures: picture,
    software: softwareVersion(),
    threads: availableThreads(),
  });
  process.stdout.write(`${path}\n`);
}
