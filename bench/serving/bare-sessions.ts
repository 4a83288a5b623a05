import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../../src/core/errors.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import type { SessionOptions } from '../../src/runtime/index.ts';
import type { BareRuns, BareSessionSettings } from './bare-session-process.ts';

/** As many processes with one session each as the service has lanes, with the same threads: nothing but the model. */
export class BareSessions {
  private readonly processes: readonly ChildProcess[];

  private constructor(processes: readonly ChildProcess[]) {
    this.processes = processes;
  }

  static async open(model: string, lanes: number, session: SessionOptions): Promise<BareSessions> {
    const settings: BareSessionSettings = { model, session };
    const processes = Array.from({ length: lanes }, () => forkBareSession(settings));
    await Promise.all(processes.map(nextMessage));
    return new BareSessions(processes);
  }

  /**
   * Runs the sessions side by side, each back to back.
   * @param pictures shared out evenly, rounded up
   * @returns pictures a second of all sessions together
   */
  async measure(feeds: Readonly<Record<string, Tensor>>, pictures: number): Promise<number> {
    const runs = Math.ceil(pictures / this.processes.length);
    const rates = this.processes.map(async (child) => {
      const answer = nextMessage(child);
      child.send({ feeds, runs } satisfies BareRuns);
      return (1000 * runs) / Number(await answer);
    });
    return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
  }

  async close(): Promise<void> {
    const ends = this.processes.map((child) => once(child, 'exit'));
    for (const child of this.processes) child.disconnect();
    await Promise.all(ends);
  }
}

function forkBareSession(settings: BareSessionSettings): ChildProcess {
  const entry = fileURLToPath(new URL('./bare-session-process.ts', import.meta.url));
  return fork(entry, [JSON.stringify(settings)], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
}

/** @throws InternalError when the process ends instead */
async function nextMessage(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new InternalError(`a bare session ended with ${code ?? 'a signal'}`);
    });
    return (await Promise.race([once(child, 'message', { signal }), ended]))[0];
  } finally {
    over.abort();
  }
}
