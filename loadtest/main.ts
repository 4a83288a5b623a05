import { messageOf } from '../src/core/errors.ts';
import { writeWhole } from '../src/core/write-whole.ts';
import { loadPage } from './load/load-page.ts';
import { runLoadTest } from './load/load-test.ts';
import { loadText } from './load/load-text.ts';
import { loadUsage, parseLoadOptions } from './load/options.ts';

import { compareTargets } from './simulate/comparison.ts';
import { parseSimulateOptions, simulateUsage } from './simulate/options.ts';
import { simulatePage } from './simulate/simulate-page.ts';
import { simulateText } from './simulate/simulate-text.ts';

const note = (line: string) => process.stderr.write(`${line}\n`);

/** Progress goes to standard error, results to standard output. */
async function load(args: readonly string[]): Promise<void> {
  const options = parseLoadOptions(args);
  if (options.help) {
    process.stdout.write(loadUsage);
    return;
  }
  const report = await runLoadTest(options, note);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : loadText(report));
  await writePage(options.html, () => loadPage(report));
  if (!report.holds) process.exitCode = 3;
}

async function simulation(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(simulateUsage);
    return;
  }
  const options = parseSimulateOptions(args);
  const comparison = compareTargets(options);
  process.stdout.write(options.json ? `${JSON.stringify(comparison, null, 2)}\n` : simulateText(comparison));
  await writePage(options.html, () => simulatePage(comparison));
}

async function writePage(file: string | undefined, page: () => string): Promise<void> {
  if (file !== undefined) await writeWhole(file, Buffer.from(page()));
}

try {
  const [first, ...others] = process.argv.slice(2);
  if (first === 'simulate') await simulation(others);
  else await load(process.argv.slice(2));
} catch (error) {
  note(`loadtest: ${messageOf(error)}`);
  process.exitCode = 1;
}
