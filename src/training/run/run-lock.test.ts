import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isRunning, startOfProcess } from './process-identity.ts';
import { acquireRunLock, lockHolder, RunFolderLockedError } from './run-lock.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'lock.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function writeLock(holder: object): void {
  writeFileSync(path, JSON.stringify({ host: hostname(), processStart: null, id: 'x', ...holder }));
}

/** A number that belongs to no process any more. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid as number;
}

test('is there while held and gone after release', async () => {
  const lock = await acquireRunLock(path);
  expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  expect(lock.takenOver).toBeUndefined();
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a second trainer is refused, in this process too, and leaves the lock as it is', async () => {
  const lock = await acquireRunLock(path);
  await expect(acquireRunLock(path)).rejects.toThrow(RunFolderLockedError);
  await expect(acquireRunLock(path)).rejects.toThrow(`held by process ${process.pid}, which runs`);
  expect(readdirSync(folder)).toEqual(['lock.json']);
  await lock.release();
});

test('a running process keeps its lock until it is killed', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid as number;
  writeLock({ pid, processStart: await startOfProcess(pid) });
  await expect(acquireRunLock(path)).rejects.toThrow(`held by process ${pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await acquireRunLock(path);
  expect(lock.takenOver).toContain(`process ${pid}, which no longer runs`);
  await lock.release();
});

test('a number that now belongs to another process does not hold the lock', async () => {
  const start = await startOfProcess(process.pid);
  if (start === null) return expect(await isRunning(process.pid, 'earlier')).toBe(true);
  writeLock({ pid: process.pid, processStart: `${start}0` });
  const lock = await acquireRunLock(path);
  expect(lock.takenOver).toContain('no longer runs');
  await lock.release();
});

test('the lock of another machine is never taken over', async () => {
  writeLock({ pid: await endedProcess(), host: 'elsewhere' });
  await expect(acquireRunLock(path)).rejects.toThrow('on elsewhere, which cannot be looked at');
});

test.each(['', '{"pid":', 'null', '{"pid":"1"}'])('an unreadable lock (%j) is taken over', async (text) => {
  writeFileSync(path, text);
  const lock = await acquireRunLock(path);
  expect(lock.takenOver).toContain('an unreadable lock');
  await lock.release();
});

test('of many that find a stale lock at once one gets it', async () => {
  writeLock({ pid: await endedProcess() });
  const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => acquireRunLock(path)));
  const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
  const lost = attempts.filter((attempt) => attempt.status === 'rejected');
  expect(won).toHaveLength(1);
  expect(lost.every(({ reason }) => reason instanceof RunFolderLockedError)).toBe(true);
  expect(readdirSync(folder)).toEqual(['lock.json']);
});

test('release leaves the lock of a later holder alone', async () => {
  const lock = await acquireRunLock(path);
  writeLock({ pid: 1 });
  await lock.release();
  expect(readdirSync(folder)).toEqual(['lock.json']);
});

test('process start is a mark of one process', async () => {
  expect(await startOfProcess(process.pid)).toBe(await startOfProcess(process.pid));
  expect(await isRunning(process.pid, await startOfProcess(process.pid))).toBe(true);
  expect(await isRunning(await endedProcess(), null)).toBe(false);
});

test('who holds a lock can be asked without touching it', async () => {
  expect(await lockHolder(path)).toBeUndefined();
  const lock = await acquireRunLock(path);
  expect(await lockHolder(path)).toEqual({ pid: process.pid, host: hostname(), here: true });
  await lock.release();
  writeLock({ pid: await endedProcess() });
  expect(await lockHolder(path)).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['lock.json']);
  writeLock({ pid: 1, host: 'elsewhere' });
  expect(await lockHolder(path)).toEqual({ pid: 1, host: 'elsewhere', here: false });
  writeFileSync(path, 'no lock');
  expect(await lockHolder(path)).toBeUndefined();
});
