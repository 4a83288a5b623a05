import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isSystemError, removePartialFiles, unlinkIfThere, writeDurably } from './durable-write.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('chunks are joined in the file, and the old content is gone', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'a much longer content than the new one');
  await writeDurably(
    path,
    ['one ', '', 'two'].map((text) => Buffer.from(text)),
  );
  expect(readFileSync(path, 'utf8')).toBe('one two');
  expect(readdirSync(folder)).toEqual(['file']);
});

test('a write that fails half-way leaves the old file and nothing else', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'old');
  const chunks = [Buffer.from('new')];
  Object.defineProperty(chunks, 1, {
    enumerable: true,
    get: () => {
      throw new Error('disk full');
    },
  });
  await expect(writeDurably(path, chunks)).rejects.toThrow('disk full');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['file']);
});

test('a folder that is not there is the caller to make', async () => {
  await expect(writeDurably(join(folder, 'none', 'file'), [])).rejects.toMatchObject({ code: 'ENOENT' });
});

test('removes partial files and no others', async () => {
  for (const name of ['file', 'file.1.partial', 'other.2.partial']) writeFileSync(join(folder, name), '');
  expect((await removePartialFiles(folder)).sort()).toEqual(['file.1.partial', 'other.2.partial']);
  expect(readdirSync(folder)).toEqual(['file']);
});

test('deleting what is gone is no error, deleting a folder is', async () => {
  await expect(unlinkIfThere(join(folder, 'none'))).resolves.toBeUndefined();
  const thrown: unknown = await unlinkIfThere(folder).catch((error: unknown) => error);
  expect(isSystemError(thrown, 'ENOENT')).toBe(false);
  expect(thrown).toBeInstanceOf(Error);
});
