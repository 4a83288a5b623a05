import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { apiKeyLine } from './api-keys.ts';
import { KeyFile } from './key-file.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function keyFile(text: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-keys-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'keys.txt');
  await writeFile(file, text);
  const outcomes: unknown[] = [];
  const keys = await KeyFile.open({ file, interval: 20, onReload: (outcome) => outcomes.push(outcome) });
  closers.unshift(() => keys.close());
  return { file, keys, outcomes };
}

it('is read again when it changes, and stays in force when it cannot be', async () => {
  const { file, keys, outcomes } = await keyFile(apiKeyLine('alice', 'first'));
  expect(keys.find('first')?.name).toBe('alice');
  // As a secret is mounted: another file takes its place.
  await writeFile(`${file}.new`, `${apiKeyLine('alice', 'second')}\n${apiKeyLine('bob', 'third')}`);
  await rename(`${file}.new`, file);
  await expect.poll(() => outcomes).toEqual([{ keys: 2 }]);
  expect([keys.find('first'), keys.find('second')?.name, keys.find('third')?.name]).toEqual([
    undefined,
    'alice',
    'bob',
  ]);

  await writeFile(file, 'nonsense');
  await expect.poll(() => outcomes.at(-1)).toEqual({ failure: expect.stringContaining('line 1: expected') });
  expect(keys.find('second')?.name).toBe('alice');
  await rm(file);
  await expect.poll(() => outcomes.at(-1)).toEqual({ failure: expect.stringContaining('cannot be read') });
  expect(keys.find('second')?.name).toBe('alice');
});

it('must be there at the start', async () => {
  await expect(KeyFile.open({ file: '/nowhere/keys', onReload: () => {} })).rejects.toThrow(
    'API_KEYS_FILE /nowhere/keys cannot be read',
  );
});
