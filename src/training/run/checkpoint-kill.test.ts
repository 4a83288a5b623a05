import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { latestCheckpoint } from './checkpoint.ts';

const program = fileURLToPath(new URL('./fixtures/write-checkpoints.ts', import.meta.url));
/** 4 MB: writing takes most of the child's time, so most kills fall into a write. */
const elements = 1_000_000;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Runs a trainer until it has saved one checkpoint, lets it go on for `milliseconds` more, kills it: its last word. */
async function trainAndKill(firstStep: number, milliseconds: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', program, folder, String(firstStep), String(elements)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  let lastSaid = -1;
  const saved = createInterface(child.stdout);
  const firstSaved = new Promise((resolve) => {
    saved.on('line', (line) => {
      lastSaid = Number(line);
      resolve(lastSaid);
    });
  });
  await Promise.race([firstSaved, exited]);
  await pause(milliseconds);
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
  return lastSaid;
}

test('killed at any moment, the last saved checkpoint loads whole', async () => {
  const random = Random.of(1, 'kill');
  let step = 0;
  let killedInWrite = 0;
  // Kills between two writes show little; so many must have fallen into one.
  while (killedInWrite < 3) {
    const said = await trainAndKill(step + 1, random.uniform() * 40);
    killedInWrite += (await readdir(folder)).filter((name) => name.endsWith('.partial')).length;
    const latest = await latestCheckpoint(folder);
    // Saved is saved: nothing told as done is lost. One more may have been renamed before it could be told.
    expect(latest?.damaged).toEqual([]);
    expect([said, said + 1]).toContain(latest?.step);
    step = latest?.step ?? Number.NaN;
    expect(latest?.meta).toEqual({ epoch: step * 2 });
    expect(latest?.tensors.get('generator.bias')?.data).toEqual(Float32Array.of(-step));
    expect(latest?.tensors.get('generator.weight')?.data.every((value) => value === step)).toBe(true);
  }
});
