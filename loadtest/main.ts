import { messageOf } from '../src/core/errors.ts';
import { runLoadTest } from './load/load-test.ts';
import { loadText } from './load/load-text.ts';
import { loadUsage, parseLoadOptions } from './load/options.ts';

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
  if (!report.holds) process.exitCode = 3;
}

try {
  const args = process.argv.slice(2);
  await load(args);
} catch (error) {
  note(`loadtest: ${messageOf(error)}`);
  process.exitCode = 1;
}
