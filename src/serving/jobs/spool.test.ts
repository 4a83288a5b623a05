import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeWhole } from '../../core/write-whole.ts';
import { ConfigError } from '../config.ts';
import { JobResultLostError } from './errors.ts';
import { Spool } from './spool.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'unpaired-spool-'));
  folder = path.join(root, 'results');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const id = (digit: number) => `${digit}0000000-0000-4000-8000-000000000000`;
const bytes = (length: number) => new Uint8Array(length).fill(7);

it('keeps results, in a folder that nobody else may read, until they are removed', async () => {
  const spool = await Spool.open({ folder, maximumBytes: 100 });
  await spool.keep(id(1), bytes(60));
  expect(spool.bytes).toBe(60);
  expect([...(await spool.read(id(1)))]).toEqual([...bytes(60)]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await spool.remove(id(1));
  expect(spool.bytes).toBe(0);
  expect(await readdir(folder)).toEqual([]);
  await expect(spool.read(id(1))).rejects.toThrow(JobResultLostError);
});

it('refuses what does not fit, and counts what is being written', async () => {
  const spool = await Spool.open({ folder, maximumBytes: 100 });
  const kept = await Promise.allSettled([spool.keep(id(1), bytes(60)), spool.keep(id(2), bytes(60))]);
  expect(kept.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(kept[1]).toMatchObject({
    reason: { message: expect.stringContaining('its 60 bytes and the 60 of others'), status: 507 },
  });
  expect(await readdir(folder)).toEqual([`${id(1)}.result`]);
  await spool.keep(id(2), bytes(40));
  expect(spool.bytes).toBe(100);
});

it.each([
  ['ENOSPC', 'the disk is full (ENOSPC)'],
  ['EIO', 'the disk failed (EIO)'],
])('a write that fails with %s keeps nothing, and says so without the path', async (code, said) => {
  const write = async (file: string) => {
    throw Object.assign(new Error(`${code}: write ${file}`), { code });
  };
  const spool = await Spool.open({ folder, maximumBytes: 100, write });
  await expect(spool.keep(id(1), bytes(60))).rejects.toThrow(
    `the result of the job could not be kept: ${said}`,
  );
  expect(spool.bytes).toBe(0);
});

it('removes what an earlier process left, and nothing else', async () => {
  const before = await Spool.open({ folder, maximumBytes: 100 });
  await before.keep(id(1), bytes(1));
  await writeFile(path.join(folder, `.${id(2)}.result.17.partial`), 'half');
  await writeFile(path.join(folder, 'notes.txt'), 'mine');
  const spool = await Spool.open({ folder, maximumBytes: 100 });
  expect(await readdir(folder)).toEqual(['notes.txt']);
  await spool.close();
  expect(await readdir(folder)).toEqual(['notes.txt']);
});

it('removes its folder at the end, also when a result comes after that', async () => {
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const write = async (file: string, content: Uint8Array) => {
    await held;
    await writeWhole(file, content);
  };
  const spool = await Spool.open({ folder, maximumBytes: 100, write });
  const late = spool.keep(id(1), bytes(3));
  await spool.close();
  go();
  await late;
  expect(await readdir(root)).toEqual([]);
});

it('a folder that cannot be used stops the service from starting', async () => {
  await writeFile(folder, 'a file');
  await expect(Spool.open({ folder, maximumBytes: 100 })).rejects.toThrow(ConfigError);
  await expect(Spool.open({ folder, maximumBytes: 100 })).rejects.toThrow(`got "${folder}"`);
});
