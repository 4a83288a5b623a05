import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../../src/core/errors.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

interface ProgramOptions {
  /** Asked every so often while the program runs; true sends it what Ctrl-C sends, once. */
  readonly interruptWhen?: () => Promise<boolean>;
}

/** `unpaired` in a process of its own. @returns what it printed @throws InternalError with its last lines when it fails */
export async function runProgram(
  args: readonly string[],
  { interruptWhen }: ProgramOptions = {},
): Promise<string> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever ends this process must not leave the program behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const said: string[] = [];
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (said.push(line) > 10) said.shift();
  });
  if (interruptWhen) void interruptOnce(child, interruptWhen);
  const [code] = await once(child, 'close');
  process.off('exit', kill);
  if (code === 0) return printed;
  throw new InternalError(`unpaired ${args.join(' ')} ended with ${code ?? 'a signal'}: ${said.join('\n')}`);
}

/** Once only: a second signal would end the program before it has saved. */
async function interruptOnce(child: ChildProcess, due: () => Promise<boolean>): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    await sleep(100);
    if (!(await due())) continue;
    child.kill('SIGINT');
    return;
  }
}
