import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../../src/core/errors.ts';
import { metricValue } from './service-texts.ts';

/** What the HTTP process has been through since it was last asked. */
export interface ServiceStrain {
  /** Longest time that its event loop answered late, and the time that 99 of 100 ticks kept under. */
  readonly maxDelayMilliseconds: number;
  readonly p99DelayMilliseconds: number;
  /** Processor time since the process started: HTTP, decoding, encoding; the lanes are other processes. */
  readonly cpuSeconds: number;
}

/** `unpaired serve` in a process of its own, as a user starts it. */
export class ServiceProcess {
  readonly url: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.child = child;
    this.url = url;
  }

  /**
   * Resolves when every model is loaded.
   * @throws InternalError with the last lines of its log when it ends instead
   */
  static async start(models: string): Promise<ServiceProcess> {
    const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const args = ['serve', '--host', '127.0.0.1', '--port', '0', '--models', models];
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...args], {
      env: { ...process.env, LOG_LEVEL: 'info', DRAIN_MS: '0' },
      stdio: ['ignore', 2, 'pipe'],
    });
    // Whatever ends this process must not leave the service behind.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const service = new ServiceProcess(child, await listeningAddress(child));
    await service.becomeReady();
    return service;
  }

  async get(route: string): Promise<Response> {
    return fetch(new URL(route, this.url));
  }

  /** Reading the delays starts them anew. */
  async strain(): Promise<ServiceStrain> {
    const text = await (await this.get('/metrics')).text();
    const delay = (statistic: string) =>
      1000 * metricValue(text, `unpaired_event_loop_delay_seconds{statistic="${statistic}"}`);
    return {
      maxDelayMilliseconds: delay('max'),
      p99DelayMilliseconds: delay('p99'),
      cpuSeconds: metricValue(text, 'process_cpu_seconds_total'),
    };
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  private async becomeReady(): Promise<void> {
    while ((await this.get('/readyz')).status !== 200) await sleep(200);
  }
}

async function listeningAddress(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr as Readable });
  const address = new Promise<string>((resolve) => {
    // Every line is read, also later: a full pipe would stop the service.
    lines.on('line', (line) => {
      const found = /listening on (http:[^"\s]+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
      if (said.push(line) > 20) said.shift();
    });
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new InternalError(`the service ended with ${code ?? 'a signal'}: ${said.join('\n')}`);
  });
  return Promise.race([address, ended]);
}
