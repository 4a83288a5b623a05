import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockRunFolder, RunConfigError, readRunConfig, runFolder, writeRunConfig } from './run-folder.ts';
import { RunFolderLockedError } from './run-lock.ts';

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

test('naming a folder makes nothing', () => {
  runFolder(join(parent, 'run'));
  expect(readdirSync(parent)).toEqual([]);
});

test('locking makes the folders, and a second trainer is refused', async () => {
  const folder = runFolder(join(parent, 'deep', 'run'));
  const lock = await lockRunFolder(folder);
  expect(readdirSync(folder.path).sort()).toEqual(['checkpoints', 'lock.json', 'previews']);
  await expect(lockRunFolder(folder)).rejects.toThrow(RunFolderLockedError);
  await lock.release();
  expect(existsSync(folder.lockFile)).toBe(false);
});

test('the config comes back as written; none at first', async () => {
  const folder = runFolder(parent);
  expect(await readRunConfig(folder)).toBeUndefined();
  await writeRunConfig(folder, { method: 'cut', batchSize: 1 });
  await writeRunConfig(folder, { method: 'cut', batchSize: 2 });
  expect(await readRunConfig(folder)).toEqual({ method: 'cut', batchSize: 2 });
  expect(readdirSync(parent)).toEqual(['config.json']);
});

test('a broken config is an error that names the file', async () => {
  const folder = runFolder(parent);
  writeFileSync(folder.configFile, '{"method":');
  await expect(readRunConfig(folder)).rejects.toThrow(RunConfigError);
  await expect(readRunConfig(folder)).rejects.toThrow(folder.configFile);
});

test('what a killed writer left of the config is removed', async () => {
  const folder = runFolder(parent);
  writeFileSync(`${folder.configFile}.123.partial`, '{');
  const lock = await lockRunFolder(folder);
  await lock.release();
  expect(readdirSync(parent).sort()).toEqual(['checkpoints', 'previews']);
});
