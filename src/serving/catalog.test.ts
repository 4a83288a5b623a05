import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalog } from './catalog.ts';
import { ModelFailedError, ModelLoadingError, ModelUnknownError } from './catalog-errors.ts';
import { compareVersions, ModelsFolderError } from './model-folder.ts';
import { FakeLanes, type FakeLanesOptions } from './testing/fake-lanes.ts';
import { type PackageOptions, writePackage } from './testing/model-package.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'unpaired-catalog-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function load(options: FakeLanesOptions = {}) {
  const lanes = new FakeLanes(options);
  const catalog = new Catalog({ root, lanes });
  await catalog.load();
  return { catalog, lanes };
}

const states = (catalog: Catalog) =>
  catalog.entries.map(({ name, version, state }) => `${name}/${version} ${state}`);

describe('versions', () => {
  it.each([
    ['2', '10', -1],
    ['1.9', '1.10.0', -1],
    ['1.0', '1', 0],
    ['draft', '1', -1],
  ])('%s against %s', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign);
    expect(Math.sign(compareVersions(right, left))).toBe(-sign + 0);
  });

  it('the newest is served, and no other is opened', async () => {
    for (const version of ['2', '10', '9.1']) await writePackage(root, { name: 'a', version });
    const { catalog, lanes } = await load();
    expect(states(catalog)).toEqual(['a/10 ready']);
    expect(catalog.find('a')).toMatchObject({ name: 'a', version: '10' });
    expect([...lanes.opened]).toEqual(['a/10/generator']);
  });

  it('where the newest is broken the next serves, and the broken one is listed', async () => {
    await writePackage(root, { name: 'a', version: '1' });
    await writePackage(root, { name: 'a', version: '2' });
    const { catalog, lanes } = await load({ broken: { 'a/2/generator': 'no such operator' } });
    expect(states(catalog)).toEqual(['a/2 failed', 'a/1 ready']);
    expect(catalog.find('a').version).toBe('1');
    expect(catalog.describe('a').version).toBe('1');
    expect([...lanes.opened]).toEqual(['a/1/generator']);
  });
});

describe('packages that cannot be served', () => {
  const face = { name: 'input', dtype: 'uint8', shape: [1, 16, 16, 3], layout: 'NHWC' } as const;
  const withInputs =
    (...inputs: object[]): PackageOptions['edit'] =>
    (manifest) => {
      Object.assign(manifest.networks.generator as object, { inputs });
    };

  it.each<[string, PackageOptions['edit'], RegExp]>([
    [
      'name other than the folder',
      (manifest) => Object.assign(manifest, { name: 'b' }),
      /says it is b\/1; the folder says a\/1/,
    ],
    [
      'version other than the folder',
      (manifest) => Object.assign(manifest, { version: '3' }),
      /says it is a\/3; the folder says a\/1/,
    ],
    ['unknown field', (manifest) => Object.assign(manifest, { extra: 1 }), /extra/],
    ['unknown kind', (manifest) => Object.assign(manifest.translator, { kind: 'magic' }), /translator/],
    [
      'wrong size',
      (manifest) => Object.assign(manifest.networks.generator as object, { bytes: 5 }),
      /has 11 bytes, the manifest says 5/,
    ],
    [
      'file outside of the folder',
      (manifest) => Object.assign(manifest.networks.generator as object, { file: '../x.onnx' }),
      /file/,
    ],
    [
      'two inputs',
      withInputs(face, { ...face, name: 'style' }),
      /has 2 inputs \(input, style\); expected one, the picture/,
    ],
    [
      'input that is no picture',
      withInputs({ name: 'input', dtype: 'int64', shape: [1] }),
      /"input" is int64 \[1\]; expected a picture/,
    ],
    [
      'input of another size',
      withInputs({ ...face, shape: [1, 32, 16, 3] }),
      /expected \[1, 16, 16, 3\] by the manifest's image size/,
    ],
    [
      'input of a fixed batch',
      withInputs({ ...face, shape: [4, 16, 16, 3] }),
      /\[4, 16, 16, 3\] NHWC; expected \[1, 16, 16, 3\]/,
    ],
  ])('%s', async (_what, edit, reason) => {
    await writePackage(root, { name: 'a', ...(edit && { edit }) });
    await writePackage(root, { name: 'good' });
    const { catalog } = await load();
    expect(states(catalog)).toEqual(['a/1 failed', 'good/1 ready']);
    expect(catalog.describe('a').reason).toMatch(reason);
    expect(catalog.describe('a').reason).not.toContain(root);
    expect(() => catalog.find('a')).toThrow(ModelFailedError);
  });

  it('manifest that is no JSON, manifest that is missing, folder without a version, folder with a bad name', async () => {
    await mkdir(path.join(root, 'no-json', '1'), { recursive: true });
    await writeFile(path.join(root, 'no-json', '1', 'manifest.json'), '{');
    await mkdir(path.join(root, 'no-manifest', '1'), { recursive: true });
    await mkdir(path.join(root, 'no-version'));
    await mkdir(path.join(root, 'Bad Name', '1'), { recursive: true });
    await writeFile(path.join(root, '.gitkeep'), '');
    await writeFile(path.join(root, 'README.md'), '');
    const { catalog } = await load();
    expect(Object.fromEntries(catalog.entries.map(({ name, reason }) => [name, reason]))).toEqual({
      'Bad Name': expect.stringContaining('is not a model name'),
      'no-json': expect.stringContaining('no-json/1/manifest.json is not JSON'),
      'no-manifest': 'no-manifest/1/manifest.json cannot be read (ENOENT)',
      'no-version': 'no-version holds no version folder, for example no-version/1',
    });
  });

  it('a network that fails at its first run is closed again', async () => {
    await writePackage(root, { name: 'a' });
    const { catalog, lanes } = await load({
      network: () => {
        throw new Error('out of memory');
      },
    });
    expect(catalog.describe('a')).toMatchObject({ state: 'failed', reason: 'out of memory' });
    expect(lanes.opened.size).toBe(0);
  });
});

it('every lane is warmed up at the size of the model before it is ready', async () => {
  await writePackage(root, { name: 'a', image: { width: 24, height: 8 } });
  const lanes = new FakeLanes({ lanes: 3 });
  lanes.hold();
  const catalog = new Catalog({ root, lanes });
  const loading = catalog.load();
  await expect.poll(() => lanes.runs.length).toBe(3);
  expect(lanes.runs.map((feeds) => feeds.input?.dims)).toEqual([
    [1, 8, 24, 3],
    [1, 8, 24, 3],
    [1, 8, 24, 3],
  ]);
  expect(catalog.settled).toBe(false);
  expect(() => catalog.find('a')).toThrow(ModelLoadingError);
  lanes.release();
  await loading;
  expect(catalog.settled).toBe(true);
  expect(catalog.find('a').name).toBe('a');
});

it('an unknown name is an error that lists what there is', async () => {
  await writePackage(root, { name: 'a' });
  const { catalog } = await load();
  expect(() => catalog.find('b')).toThrow(ModelUnknownError);
  expect(() => catalog.find('b')).toThrow('there is no model "b"; there is a');
});

it('a folder of models that is not there is an error, an empty one is not', async () => {
  await expect(
    new Catalog({ root: path.join(root, 'nowhere'), lanes: new FakeLanes() }).load(),
  ).rejects.toThrow(ModelsFolderError);
  const { catalog } = await load();
  expect(catalog.entries).toEqual([]);
  expect(catalog.settled).toBe(true);
});
