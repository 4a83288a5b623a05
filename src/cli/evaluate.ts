import { Command, InvalidArgumentError } from 'commander';
import { UnpairedError } from '../core/errors.ts';
import { writeWhole } from '../core/write-whole.ts';
import { type MetricName, metricNames, reportRows } from '../evaluation/index.ts';
import { evaluateFolders } from './evaluate-folders.ts';
import { evaluateModel } from './evaluate-model.ts';
import type { EvaluateFlags } from './evaluate-settings.ts';
import { samplingOptions } from './guided-options.ts';
import { InterruptedError, interruptible } from './interruption.ts';
import { measuringOption, resizeOption, testDirectionOption } from './measuring-options.ts';
import {
  extractorsOption,
  modelsOption,
  numberUpTo,
  providerOption,
  threadsOption,
  wholeNumber,
} from './options.ts';
import { printFigures } from './print-figures.ts';
import { StatusLine } from './status-line.ts';

/** `unpaired evaluate`: how good translations are, in figures that others can compare. */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .summary('measure how good the translations of a model are')
    .description(
      'Translates the test pictures of a dataset with a model and compares them with those of the other side: FID, KID, ' +
        'diversity; and with what they were made of: LPIPS, SSIM, MS-SSIM, PSNR, MSE, L2, edges. Every figure is printed ' +
        'beside that of the untranslated pictures. Of a model with attribute codes several outputs of a picture are ' +
        'measured too; of a model of codes from a codebook also reconstructions, the use of the codebook, and what its prior ' +
        'makes up. Networks that measure come from "unpaired import"; nothing is downloaded.',
    )
    .option('-m, --model <name>', 'name of the model; name/version for another than the newest')
    .option('-d, --data <folder>', 'folder with testA and testB')
    .option('--real <folder>', 'instead of --data: pictures of the target')
    .option('--fake <folder>', 'instead of --model: pictures that are to look like those')
    .addOption(testDirectionOption())
    .option('--pairs', 'pictures of one name on both sides show the same: compare translations with them too')
    .addOption(measuringOption())
    .addOption(extractorsOption())
    .addOption(resizeOption())
    .option('--stats <file>', '.npz of mu and sigma, as pytorch-fid writes it, for the target')
    .option('--metrics <list>', `of ${metricNames.join(',')} (default: all)`, metricList)
    .option('--limit <n>', 'only the first pictures of each folder', wholeNumber(2, 10_000_000))
    .option(
      '--outputs <n>',
      'outputs made of a picture, for models with attribute codes (default: 8)',
      wholeNumber(2, 64),
    )
    .option(
      '--generate <n>',
      'make up so many pictures of each domain and compare them with its test pictures, for models with a prior',
      wholeNumber(2, 100_000),
    )
    .option(
      '--extend',
      'extend test pictures by half their width and compare what is added with right halves of test pictures, for models with a prior',
    )
    .option(
      '--temperature <t>',
      'of codes that are made up: above 1 evens them out (default: 1)',
      numberUpTo(100),
    )
    .option('--top-k <n>', 'make up only of the so many likeliest codes', wholeNumber(1, 1_000_000))
    .option('--top-p <p>', 'make up only of the likeliest codes that reach this probability', numberUpTo(1))
    .option(
      '--seed <n>',
      'of the subsets of KID, the pairs of diversity, attribute codes, codes that are made up, and noise',
      wholeNumber(0, 2 ** 31),
      0,
    )
    .option('--json <file>', 'write the figures as JSON too')
    .option('--write-card', 'write them into CARD.md of the model too')
    .option('--cache <folder>', 'where statistics of folders are kept', '.cache/unpaired')
    .addOption(modelsOption())
    .addOption(providerOption())
    .addOption(threadsOption())
    .addHelpText(
      'after',
      `
Examples:
  unpaired evaluate --model horse2zebra --data datasets/horse2zebra
  unpaired evaluate --model zebra2horse --data datasets/horse2zebra --direction BtoA --write-card
  unpaired evaluate --model summer2winter --data datasets/summer2winter --generate 500 --extend
  unpaired evaluate --model cat2dog --data datasets/afhq --strength 0.6 --steps 50 --solver second-order
  unpaired evaluate --real datasets/horse2zebra/testB --fake zebras --resize legacy --json figures.json`,
    )
    .action(runEvaluate);
  for (const option of samplingOptions(ofModel)) command.addOption(option);
  return command;
}

const usual = 'default: as the model says';
const ofModel = {
  ...{ strength: usual, steps: usual, solver: usual },
  ...{ realism: usual, faithfulness: usual, repeats: usual },
};

/** Reads an option's value as names of figures. */
export function metricList(text: string): readonly MetricName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(metricNames as readonly string[]).includes(name));
  if (unknown.length === 0) return names as MetricName[];
  throw new InvalidArgumentError(`${unknown.join(', ')} is not among ${metricNames.join(', ')}.`);
}

/** The options do not say what to evaluate. */
class SubjectError extends UnpairedError {
  constructor() {
    super('give --model and --data, or --real (or --stats) and --fake', {
      code: 'SUBJECT_MISSING',
      status: 422,
    });
  }
}

async function runEvaluate(flags: EvaluateFlags): Promise<void> {
  await interruptible(async (signal) => {
    const status = new StatusLine();
    try {
      const report = await subjectOf(flags)({ signal, status });
      printFigures(status, report, reportRows(report));
      if (flags.json !== undefined) {
        await writeWhole(flags.json, Buffer.from(`${JSON.stringify(report, null, 2)}\n`));
      }
    } catch (thrown) {
      if (signal.aborted) throw new InterruptedError('interrupted; nothing was written');
      throw thrown;
    } finally {
      status.clear();
    }
  });
}

function subjectOf(flags: EvaluateFlags) {
  const { model, data, real, fake, stats } = flags;
  if (model !== undefined && data !== undefined && real === undefined && fake === undefined) {
    return evaluateModel({ ...flags, model, data });
  }
  if (fake === undefined || model !== undefined || data !== undefined || (real ?? stats) === undefined) {
    throw new SubjectError();
  }
  return evaluateFolders({ ...flags, fake });
}
