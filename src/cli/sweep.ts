import { Command, Option } from 'commander';
import { solvers } from '../core/diffusion/transition.ts';
import { mostRepeats } from '../core/translator-schema.ts';
import { metricList } from './evaluate.ts';
import { InterruptedError, interruptible } from './interruption.ts';
import { measuringOption, resizeOption, testDirectionOption } from './measuring-options.ts';
import {
  extractorsOption,
  modelsOption,
  numberList,
  providerOption,
  threadsOption,
  wholeNumber,
} from './options.ts';
import { printFigures } from './print-figures.ts';
import { StatusLine } from './status-line.ts';
import { sweepRows } from './sweep-rows.ts';
import { runSweep, type SweepFlags } from './sweep-run.ts';

/** `unpaired sweep`: how faithful and how realistic translations by sampling are, over its settings. */
export function sweepCommand(): Command {
  return new Command('sweep')
    .summary('draw the trade-off between faithful and realistic of a model that samples')
    .description(
      'Translates the test pictures of a dataset with every combination of the given settings, and measures each as ' +
        '"unpaired evaluate" does: faithfulness by L2, PSNR and SSIM to the source, realism by FID and KID. Prints a table; ' +
        'the folder of --out gets sweep.json, sweep.svg with the trade-off curves, and grid.webp with the first pictures. ' +
        'An interrupted sweep leaves what it has found.',
    )
    .requiredOption('-m, --model <name>', 'name of the model; name/version for another than the newest')
    .requiredOption('-d, --data <folder>', 'folder with testA and testB')
    .option('-o, --out <folder>', 'where to write what is found', 'sweep')
    .option(
      '--strength <list>',
      'times to which pictures are noised, over T, for example 0.3,0.5,0.7',
      numberList,
    )
    .option('--realism <list>', 'values of lambda_s, for example 0,500', numberList)
    .option('--faithfulness <list>', 'values of lambda_i, for example 0,2', numberList)
    .option('--steps <n>', 'steps of each sampling (default: as the model says)', wholeNumber(1, 100_000))
    .addOption(
      new Option('--solver <name>', 'how steps are taken (default: as the model says)').choices(solvers),
    )
    .option(
      '--repeats <n>',
      'how often a sampling is run (default: as the model says)',
      wholeNumber(1, mostRepeats),
    )
    .option('--limit <n>', 'only the first pictures of each folder', wholeNumber(2, 10_000_000))
    .option('--shown <n>', 'pictures in grid.webp', wholeNumber(1, 64), 2)
    .addOption(testDirectionOption())
    .addOption(measuringOption())
    .addOption(extractorsOption())
    .addOption(resizeOption())
    .option('--stats <file>', '.npz of mu and sigma, as pytorch-fid writes it, for the target')
    .option('--metrics <list>', 'figures of "unpaired evaluate" (default: fid,kid,ssim,psnr,l2)', metricList)
    .option('--seed <n>', 'of the noise and of the subsets of KID', wholeNumber(0, 2 ** 31), 0)
    .option('--cache <folder>', 'where statistics of folders are kept', '.cache/unpaired')
    .addOption(modelsOption())
    .addOption(providerOption())
    .addOption(threadsOption())
    .addHelpText(
      'after',
      `
Examples:
  unpaired sweep --model cat2dog --data datasets/afhq --strength 0.3,0.5,0.7 --steps 25 --solver second-order
  unpaired sweep --model cat2dog --data datasets/afhq --realism 0,500 --faithfulness 0,1,2,4 --limit 100`,
    )
    .action(sweep);
}

async function sweep(flags: SweepFlags): Promise<void> {
  await interruptible(async (signal) => {
    const status = new StatusLine();
    try {
      const report = await runSweep(flags, { signal, status });
      printFigures(status, report, sweepRows(report.points));
    } catch (thrown) {
      if (signal.aborted)
        throw new InterruptedError(`interrupted; what was found so far, if anything, is in ${flags.out}`);
      throw thrown;
    } finally {
      status.clear();
    }
  });
}
