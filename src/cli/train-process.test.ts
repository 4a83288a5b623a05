import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { latestCheckpoint, runFolder } from '../training/run/index.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { tinyRun } from './testing/tiny-run.ts';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

let data = '';
let runs = '';
beforeEach(async () => {
  data = await temporaryFolder();
  runs = await temporaryFolder();
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** `unpaired` in a process of its own. */
function start(argv: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...argv]);
  children.push(child);
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      written[name] += chunk.toString();
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }));
  return { child, ended, written };
}

/** Waits until step `step` is in the run's metrics. */
async function reached(run: string, step: number, { child, written }: ReturnType<typeof start>) {
  for (;;) {
    const text = await readFile(path.join(run, 'metrics.jsonl'), 'utf8').catch(() => '');
    if (text.includes(`"step":${step},`)) return;
    if (child.exitCode !== null) expect.fail(`ended before step ${step}: ${written.stderr}`);
    await pause(5);
  }
}

const stepsOf = (count: number) => ({ schedule: { unit: 'steps', constant: count, decay: 0 } });

async function weightsOf(run: string) {
  const checkpoint = await latestCheckpoint(runFolder(run).checkpoints);
  const tensors = [...(checkpoint?.tensors ?? [])].map(([name, { data: values }]) => {
    return `${name} ${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')}`;
  });
  return { step: checkpoint?.step, tensors };
}

describe('a training process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('saves and exits 0 on %s', async (signal) => {
    const run = path.join(runs, 'run');
    const training = start(await tinyRun(data, run, stepsOf(100_000)));
    await reached(run, 3, training);
    training.child.kill(signal);
    const { code, stdout, stderr } = await training.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${run}\n` });
    const { step = 0 } = await weightsOf(run);
    expect(step).toBeGreaterThanOrEqual(3);
    expect(stderr).toContain(`stopped at step ${step}; go on with: unpaired train --run ${run} --resume\n`);
  });

  it('killed at any moment and resumed, reaches the weights of a run that was left alone', async () => {
    const [alone, killed] = ['alone', 'killed'].map((name) => path.join(runs, name)) as [string, string];
    const settings = { ...stepsOf(60), checkpointSteps: 4 };
    expect((await captureProgram(...(await tinyRun(data, alone, settings)))).code).toBe(0);
    const random = Random.of(4, 'kill');
    let argv = await tinyRun(data, killed, settings);
    for (const step of [1 + random.integer(12), 15 + random.integer(20)]) {
      const training = start(argv);
      await reached(killed, step, training);
      await pause(random.uniform() * 20);
      training.child.kill('SIGKILL');
      expect(await training.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
      argv = ['train', '--run', killed, '--resume', '--provider', 'cpu', '--threads', '1'];
    }
    const last = await captureProgram(...argv);
    expect(last.code).toBe(0);
    expect(last.stderr).toMatch(/the lock of process \d+, which no longer runs, was found/);
    expect(last.stderr).toMatch(/resumed at step [1-9]\d* of 60 steps/);
    expect((await weightsOf(killed)).step).toBe(60);
    expect(await weightsOf(killed)).toEqual(await weightsOf(alone));
  });
});
