import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ExtractorError } from './extractor.ts';
import { listExtractors, readExtractor } from './extractor-folder.ts';

const network = Buffer.from('a network');
const sha256 = createHash('sha256').update(network).digest('hex');
const described = {
  schemaVersion: 1,
  name: 'mine',
  network: 'a test',
  kind: 'features',
  picture: { range: [0, 1], size: { width: 2, height: 2 } },
  onnx: { file: 'network.onnx', sha256, bytes: network.length, input: 'x', output: 'y' },
  dimension: 3,
  provenance: { createdAt: '2026-01-02T03:04:05Z', software: 'test', sources: [{ file: 'w.pth', sha256 }] },
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'extractors-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(name: string, description: unknown, bytes: Uint8Array = network): Promise<void> {
  await mkdir(path.join(root, name), { recursive: true });
  await writeFile(path.join(root, name, 'extractor.json'), JSON.stringify(description));
  await writeFile(path.join(root, name, 'network.onnx'), bytes);
}

it('reads a whole package and knows where its network is', async () => {
  await put('mine', described);
  const { extractor, model } = await readExtractor(root, 'mine');
  expect(extractor).toMatchObject({ name: 'mine', dimension: 3 });
  expect(model).toBe(path.join(root, 'mine', 'network.onnx'));
});

it('lists the extractors that there are when it has not that one', async () => {
  await put('mine', described);
  await mkdir(path.join(root, 'empty'));
  expect(await listExtractors(root)).toEqual(['mine']);
  expect(await listExtractors(path.join(root, 'nowhere'))).toEqual([]);
  await expect(readExtractor(root, 'other')).rejects.toThrow(/no extractor "other".*has: mine/);
});

it.each([
  ['of another size', Buffer.from('a networks'), /has 10 bytes, extractor\.json says 9/],
  ['that was changed', Buffer.from('A network'), /has sha256 [0-9a-f]{64}, extractor\.json says/],
])('refuses a network %s', async (_, bytes, message) => {
  await put('mine', described, bytes);
  await expect(readExtractor(root, 'mine')).rejects.toThrow(message);
});

it('refuses a package whose network is not there, and one under another name', async () => {
  await put('mine', described);
  await rm(path.join(root, 'mine', 'network.onnx'));
  await expect(readExtractor(root, 'mine')).rejects.toThrow(/network\.onnx is missing/);
  await put('other', described);
  await expect(readExtractor(root, 'other')).rejects.toThrow(/says it is "mine"; the folder says "other"/);
});

it('refuses a name that leaves the folder', async () => {
  await expect(readExtractor(root, '../mine')).rejects.toThrow(ExtractorError);
  await expect(readExtractor(root, '../mine')).rejects.toThrow(/is not the name of an extractor/);
});
