import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalog, type CatalogOptions } from './catalog.ts';
import { FakeLanes, type FakeLanesOptions } from './testing/fake-lanes.ts';
import { writePackage } from './testing/model-package.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'unpaired-changes-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Setup extends FakeLanesOptions {
  readonly inFolder?: readonly string[];
  readonly open?: CatalogOptions['versions'];
}

/** A catalog of one model, `a`, in the versions given. */
async function start({ inFolder = ['1'], open = 'latest', ...options }: Setup = {}) {
  for (const version of inFolder) await writePackage(root, { name: 'a', version });
  const lanes = new FakeLanes(options);
  const catalog = new Catalog({ root, lanes, versions: open });
  await catalog.load();
  return { catalog, lanes };
}

const states = (catalog: Catalog) => catalog.entries.map(({ version, state }) => `${version} ${state}`);

/** A request that holds the model until it is told to end. */
function holder(catalog: Catalog, version?: string) {
  let end = () => {};
  const done = catalog.use('a', version, async (model) => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return model.version;
  });
  return { done, end: () => end() };
}

describe('load', () => {
  it('a newer version takes over when it is warm; the old one is closed when its requests are done', async () => {
    const { catalog, lanes } = await start();
    const old = holder(catalog);
    await writePackage(root, { name: 'a', version: '2' });
    lanes.hold();
    const loading = catalog.reload('a');
    await expect.poll(() => lanes.runs.length).toBe(2);
    expect(states(catalog)).toEqual(['2 loading', '1 ready']);
    expect(catalog.find('a').version).toBe('1');
    lanes.release();
    await loading;
    expect(catalog.find('a').version).toBe('2');
    expect(states(catalog)).toEqual(['2 ready', '1 draining']);
    expect(() => catalog.find('a', '1')).toThrow('model "a" 1 is not loaded');
    expect([...lanes.opened]).toEqual(['a/1/generator', 'a/2/generator']);
    old.end();
    expect(await old.done).toBe('1');
    await expect.poll(() => states(catalog)).toEqual(['2 ready', '1 unloaded']);
    expect([...lanes.opened]).toEqual(['a/2/generator']);
    expect(catalog.changes).toEqual([
      { model: 'a', change: 'loaded', count: 2 },
      { model: 'a', change: 'unloaded', count: 1 },
    ]);
  });

  it('a version that cannot be opened leaves the old one serving, and tells why', async () => {
    const { catalog, lanes } = await start({ broken: { 'a/2/generator': 'no such operator' } });
    await writePackage(root, { name: 'a', version: '2' });
    await expect(catalog.reload('a')).rejects.toMatchObject({
      code: 'MODEL_LOAD_REFUSED',
      status: 422,
      message: 'model "a" 2 could not be loaded: no such operator; version 1 still serves',
    });
    expect(states(catalog)).toEqual(['2 failed', '1 ready']);
    expect(catalog.find('a').version).toBe('1');
    expect([...lanes.opened]).toEqual(['a/1/generator']);
    expect(() => catalog.find('a', '2')).toThrow('cannot be served: no such operator');
  });

  it('a version that fails at its first run is closed again', async () => {
    let fail = false;
    const { catalog, lanes } = await start({
      network: (feeds) => {
        if (fail) throw new Error('out of memory');
        return feeds;
      },
    });
    await writePackage(root, { name: 'a', version: '2' });
    fail = true;
    await expect(catalog.reload('a')).rejects.toThrow('out of memory; version 1 still serves');
    expect([...lanes.opened]).toEqual(['a/1/generator']);
  });

  it('a version that did not change is not opened again', async () => {
    const { catalog, lanes } = await start();
    const before = catalog.find('a');
    await catalog.reload('a');
    expect(catalog.find('a')).toBe(before);
    expect(lanes.runs).toHaveLength(1);
  });

  it('a file that changed without its manifest is noticed; what was loaded still serves', async () => {
    const { catalog } = await start();
    await writeFile(path.join(root, 'a', '1', 'generator.onnx'), 'NOT a graph');
    await expect(catalog.reload('a')).rejects.toThrow(/has sha256 .*; version 1 still serves/);
    expect(catalog.describe('a')).toMatchObject({
      state: 'ready',
      reason: expect.stringContaining('sha256'),
    });
    await writePackage(root, { name: 'a' });
    await catalog.reload('a');
    expect(catalog.describe('a').reason).toBeUndefined();
  });

  it('a version that changed with its manifest takes its own place', async () => {
    const { catalog, lanes } = await start();
    const old = holder(catalog);
    for (const [description, open] of [
      ['second', ['a/1/generator', 'a/1/generator~2']],
      ['third', ['a/1/generator', 'a/1/generator~3']],
    ] as const) {
      await writePackage(root, { name: 'a', edit: (manifest) => Object.assign(manifest, { description }) });
      await catalog.reload('a');
      await expect.poll(() => [...lanes.opened]).toEqual(open);
    }
    expect(catalog.describe('a').manifest?.description).toBe('third');
    old.end();
    await old.done;
    await expect.poll(() => [...lanes.opened]).toEqual(['a/1/generator~3']);
    expect(states(catalog)).toEqual(['1 ready']);
  });

  it('a model that was added to the folder is found; one that is not there is unknown', async () => {
    const { catalog } = await start();
    await writePackage(root, { name: 'b', version: '3' });
    await catalog.reload('b');
    expect(catalog.find('b').version).toBe('3');
    await expect(catalog.reload('c')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(catalog.reload('a', '9')).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      message: 'model "a" has no version 9; there is 1',
    });
  });

  it('where nothing serves, the next older version is tried', async () => {
    const { catalog } = await start({ inFolder: ['1', '2'], broken: { 'a/2/generator': 'broken' } });
    await catalog.unload('a');
    await expect(catalog.reload('a')).rejects.toThrow('version 1 still serves');
    expect(catalog.find('a').version).toBe('1');
  });

  it('two loads of one model happen one after the other', async () => {
    const { catalog, lanes } = await start();
    await writePackage(root, { name: 'a', version: '2' });
    lanes.hold();
    const loads = [catalog.reload('a'), catalog.reload('a'), catalog.unload('a', '1')];
    await expect.poll(() => lanes.runs.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lanes.runs).toHaveLength(2);
    lanes.release();
    await Promise.all(loads);
    expect(lanes.runs).toHaveLength(2);
    expect(states(catalog)).toEqual(['2 ready', '1 unloaded']);
  });
});

describe('versions', () => {
  it('all: each is open, the highest answers for the name', async () => {
    const { catalog } = await start({ inFolder: ['9', '10', '2'], open: 'all' });
    expect(states(catalog)).toEqual(['10 ready', '9 ready', '2 ready']);
    expect(catalog.find('a').version).toBe('10');
    expect(catalog.find('a', '2').version).toBe('2');
  });

  it('all: what comes is opened, what has gone is closed and listed no longer', async () => {
    const { catalog } = await start({ inFolder: ['1', '2'], open: 'all' });
    await rm(path.join(root, 'a', '1'), { recursive: true });
    await writePackage(root, { name: 'a', version: '3' });
    await catalog.reload('a');
    await expect.poll(() => states(catalog)).toEqual(['3 ready', '2 ready', '1 unloaded']);
    await catalog.reload('a');
    expect(states(catalog)).toEqual(['3 ready', '2 ready']);
  });

  it('one that is asked for is opened beside the latest, and kept when a newer one comes', async () => {
    const { catalog } = await start({ inFolder: ['1', '2'] });
    expect(() => catalog.find('a', '1')).toThrow('model "a" has no version 1; there is 2');
    await catalog.reload('a', '1');
    expect([catalog.find('a').version, catalog.find('a', '1').version]).toEqual(['2', '1']);
    await writePackage(root, { name: 'a', version: '3' });
    await catalog.reload('a');
    await expect.poll(() => states(catalog)).toEqual(['3 ready', '2 unloaded', '1 ready']);
  });

  it('going back: the older is loaded, then the newer is unloaded', async () => {
    const { catalog } = await start({ inFolder: ['1', '2'] });
    await catalog.reload('a', '1');
    await catalog.unload('a', '2');
    expect(catalog.find('a').version).toBe('1');
    expect(states(catalog)).toEqual(['2 unloaded', '1 ready']);
  });
});

describe('unload', () => {
  it('waits for the requests that hold the model and refuses new ones meanwhile', async () => {
    const { catalog, lanes } = await start();
    const request = holder(catalog);
    let unloaded = false;
    const unloading = catalog.unload('a').then(() => {
      unloaded = true;
    });
    await expect.poll(() => states(catalog)).toEqual(['1 draining']);
    expect(() => catalog.find('a')).toThrow(expect.objectContaining({ code: 'MODEL_UNLOADED', status: 503 }));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([unloaded, lanes.opened.size]).toEqual([false, 1]);
    request.end();
    await Promise.all([request.done, unloading]);
    expect([states(catalog), lanes.opened.size]).toEqual([['1 unloaded'], 0]);
    await catalog.unload('a');
    await catalog.reload('a');
    expect(catalog.find('a').version).toBe('1');
  });

  it('a request that fails lets go of the model too', async () => {
    const { catalog } = await start();
    await expect(
      catalog.use('a', undefined, async () => {
        throw new Error('lost');
      }),
    ).rejects.toThrow('lost');
    await catalog.unload('a');
    expect(states(catalog)).toEqual(['1 unloaded']);
  });

  it('an unknown model or version is an error', async () => {
    const { catalog } = await start();
    await expect(catalog.unload('b')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(catalog.unload('a', '2')).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
  });
});
