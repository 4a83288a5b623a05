import { resolve } from 'node:path';
import { Command } from 'commander';
import { InvalidArgumentError } from '../core/errors.ts';
import { writeWhole } from '../core/write-whole.ts';
import { readRunConfig, runFolder } from '../training/run/index.ts';
import { RunReport } from '../training/run/report/run-report.ts';

/** `unpaired report`: makes the page of a run anew. */
export function reportCommand(): Command {
  return new Command('report')
    .summary('make the report of a training run anew')
    .description(
      'Writes report.html of a run: one file with loss curves, previews, settings and environment that needs no ' +
        'network. The trainer does so at every checkpoint; this is for one that trains right now, was killed, or was ' +
        'made by an earlier version. Prints the path of the page.',
    )
    .argument('<run>', 'folder of the run')
    .option('-o, --output <file>', 'where to write the page (default: report.html in the folder)')
    .addHelpText(
      'after',
      '\nExamples:\n  unpaired report runs/horse2zebra\n  unpaired report runs/horse2zebra --output horse2zebra.html',
    )
    .action(async (run: string, { output }: { output?: string }) => {
      const folder = runFolder(resolve(run));
      if ((await readRunConfig(folder)) === undefined) {
        throw new InvalidArgumentError(`${folder.path} holds no run: it has no config.json`);
      }
      const file = output === undefined ? folder.reportFile : resolve(output);
      await writeWhole(file, Buffer.from(await new RunReport(folder).page()));
      process.stdout.write(`${file}\n`);
    });
}
