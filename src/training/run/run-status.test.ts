import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { madeUpRun } from './report/testing/made-up-run.ts';
import { acquireRunLock } from './run-lock.ts';
import { type RunState, readRunStatus } from './run-status.ts';

it('is running while its lock is held, whatever was before', async () => {
  const folder = await madeUpRun({ sittings: [{ ended: { how: 'failed', reason: 'no room' } }] });
  const lock = await acquireRunLock(folder.lockFile);
  expect(await readRunStatus(folder)).toMatchObject({ state: 'running', step: 4, totalSteps: 8 });
  expect(await readRunStatus(folder, 'finished')).toMatchObject({ state: 'finished' });
  await lock.release();
  expect(await readRunStatus(folder)).toMatchObject({ state: 'failed', reason: 'no room' });
});

it('says so when the trainer is on another machine', async () => {
  const folder = await madeUpRun();
  await writeFile(folder.lockFile, JSON.stringify({ pid: 12, host: 'elsewhere' }));
  expect(await readRunStatus(folder)).toMatchObject({
    state: 'running',
    reason: 'as process 12 on elsewhere, if that still runs',
  });
});

it('is stopped when its trainer was killed', async () => {
  const folder = await madeUpRun();
  // No process has such a number.
  await writeFile(folder.lockFile, JSON.stringify({ pid: 2 ** 30, host: hostname() }));
  const status = await readRunStatus(folder);
  expect(status).toMatchObject({
    state: 'stopped',
    reason: 'the trainer was killed, or its machine stopped',
  });
});

it.each<[RunState, string | undefined]>([
  ['stopped', undefined],
  ['finished', undefined],
  ['diverged', 'G is NaN at step 5'],
])('ended as its last sitting did: %s', async (how, reason) => {
  const ended = { how: how as 'stopped', ...(reason === undefined ? {} : { reason }) };
  const folder = await madeUpRun({ sittings: [{ ended: { how: 'failed' } }, { ended }] });
  const status = await readRunStatus(folder);
  expect([status.state, status.reason]).toEqual([how, reason]);
});

it.each<[RunState, string | undefined, number[]]>([
  ['stopped', undefined, [1, 2]],
  ['finished', undefined, [1, 2, 3, 4, 5, 6, 7, 8]],
  ['diverged', 'G is NaN', [1, Number.NaN]],
])('is %s as far as its log tells, without a record of sittings', async (state, reason, losses) => {
  const folder = await madeUpRun({ losses, sittings: [] });
  const status = await readRunStatus(folder);
  expect([status.state, status.reason]).toEqual([state, reason]);
  expect(status.totalSteps).toBe(8);
});

it('does not guess the length of a schedule in epochs', async () => {
  const settings = { schedule: { unit: 'epochs', constant: 1, decay: 0 } };
  const status = await readRunStatus(await madeUpRun({ settings, sittings: [] }));
  expect(status.totalSteps).toBeUndefined();
});

it('has nothing done where there is nothing but settings', async () => {
  const folder = await madeUpRun({ losses: [], previews: [], sittings: [] });
  await rm(folder.metricsFile);
  expect(await readRunStatus(folder)).toMatchObject({ state: 'stopped', step: 0, last: undefined });
});
