import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { slowModel } from '../testing/tiny-model.ts';
import { Lane, LaneLostError } from './lane.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-lane-'));
const slow = path.join(folder, 'slow.onnx');
writeFileSync(slow, slowModel(40));
const feeds = { x: float32([768, 768], new Float32Array(768 * 768)) };
afterAll(() => rmSync(folder, { recursive: true }));

const start = () => Lane.start({ index: 0, provider: 'cpu', threads: 1 });

describe('Lane', () => {
  it('outlives the signals of Ctrl-C and of a supervisor, idle and at work', async () => {
    const lane = await start();
    await lane.load('slow', slow);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(lane.pid as number, signal);
    const { result } = lane.run('slow', feeds);
    await sleep(50);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(lane.pid as number, signal);
    expect((await result).outputs.y?.dims).toEqual([768, 768]);
    await lane.close();
    expect(await lane.death).toBe('exited with code 0');
  });

  it('finishes what it has before it closes', async () => {
    const lane = await start();
    await lane.load('slow', slow);
    const { result } = lane.run('slow', feeds);
    const closed = lane.close();
    expect((await result).outputs.y?.dims).toEqual([768, 768]);
    await closed;
  });

  it('tells at its death which run it was at, and which had not begun', async () => {
    const lane = await start();
    await lane.load('slow', slow);
    const [first, second] = [lane.run('slow', feeds), lane.run('slow', feeds)].map(({ result }) =>
      result.catch((error: unknown) => error),
    );
    await sleep(50);
    process.kill(lane.pid as number, 'SIGKILL');
    expect(await first).toMatchObject({ wasRunning: true, message: 'lane 0 was ended by SIGKILL' });
    expect(await second).toMatchObject({ wasRunning: false });
    expect(lane.isOver).toBe(true);
    expect(() => lane.run('slow', feeds)).toThrow(LaneLostError);
  });

  it('is killed when it does not start in time', async () => {
    const late = Lane.start({ index: 3, provider: 'cpu' }, 1);
    await expect(late).rejects.toThrow('lane 3 did not start: it was ended by SIGKILL');
  });

  it('is killed when it hangs while it opens a model', async () => {
    // Opening a pipe that nobody writes to never ends.
    const endless = path.join(folder, 'endless.onnx');
    execFileSync('mkfifo', [endless]);
    const lane = await Lane.start({ index: 0, provider: 'cpu', openTimeoutMilliseconds: 200 });
    await expect(lane.load('endless', endless)).rejects.toMatchObject({
      message: 'lane 0 was killed: opening a model took more than 200 ms',
      wasRunning: true,
    });
    expect(lane.wasHung).toBe(true);
  });

  it('does not perform a run that was withdrawn in time', async () => {
    const lane = await start();
    await lane.load('slow', slow);
    const { result } = lane.run('slow', feeds);
    lane.run('slow', feeds).withdraw();
    await result;
    const begin = performance.now();
    await lane.load('again', slow);
    const { laneMilliseconds } = await result;
    expect(performance.now() - begin).toBeLessThan(laneMilliseconds);
    await lane.close();
  });

  it('ends when its parent is killed', async () => {
    const loader = import.meta.resolve('tsx');
    const laneModule = new URL('./lane.ts', import.meta.url).href;
    const program = path.join(folder, 'parent.mjs');
    writeFileSync(
      program,
      `const { Lane } = await import(${JSON.stringify(laneModule)});
       const lane = await Lane.start({ index: 0, provider: 'cpu' });
       process.send(lane.pid);`,
    );
    const parent = fork(program, [], {
      execArgv: ['--import', loader],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    const [lanePid] = (await Promise.race([once(parent, 'message'), once(parent, 'exit')])) as [number];
    expect(isAlive(lanePid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(lanePid), { timeout: 10_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
