import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildAdminApp } from './admin-app.ts';
import { readAdminKey } from './admin-key.ts';
import { readConfig } from './config.ts';
import { startHarness } from './testing/harness.ts';
import { writePackage } from './testing/model-package.ts';

const secret = 'correct horse battery staple'.replaceAll(' ', '-');

async function start() {
  const lines: string[] = [];
  const service = await startHarness({ models: (root) => writePackage(root, { name: 'a' }) });
  const config = readConfig({ ADMIN_PORT: '0', ADMIN_KEY: secret });
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const admin = buildAdminApp({ ...service, config, key: readAdminKey(config), logger });
  return { ...service, admin, lines };
}

let service: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  service = await start();
});
afterEach(async () => {
  await service.admin.close();
  await service.close();
});

const call = (method: 'GET' | 'POST', url: string, options: { key?: string; payload?: object } = {}) =>
  service.admin.inject({
    method,
    url,
    headers: { authorization: options.key ?? `Bearer ${secret}` },
    ...(options.payload && { payload: options.payload }),
  });

describe('the key', () => {
  it.each([
    ['none', '', 401, 'ADMIN_KEY_MISSING'],
    ['of another scheme', 'Basic YTpi', 401, 'ADMIN_KEY_MISSING'],
    ['wrong', 'Bearer wrong', 403, 'ADMIN_KEY_WRONG'],
    ['a part of it', `Bearer ${secret.slice(0, -1)}`, 403, 'ADMIN_KEY_WRONG'],
  ])('%s', async (_what, key, status, code) => {
    for (const [method, url] of [
      ['GET', '/admin/models'],
      ['POST', '/admin/models/a/unload'],
      ['GET', '/nowhere'],
    ] as const) {
      const answer = await call(method, url, { key });
      expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    expect(service.catalog.find('a').version).toBe('1');
  });

  it('is never logged', async () => {
    await call('POST', '/admin/models/a/load');
    await call('POST', '/admin/models/a/load', { key: 'Bearer another-secret' });
    expect(service.lines.join('')).toContain('admin request');
    expect(service.lines.join('')).not.toMatch(new RegExp(`${secret}|another-secret`));
  });
});

describe('the routes', () => {
  it('are not on the public port', async () => {
    for (const [method, url] of [
      ['GET', '/admin/models'],
      ['POST', '/admin/models/a/load'],
      ['POST', '/admin/models/a/unload'],
    ] as const) {
      const headers = { authorization: `Bearer ${secret}` };
      const answer = await service.app.inject({ method, url, headers });
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'ROUTE_NOT_FOUND']);
    }
  });

  it('load, list and unload', async () => {
    await writePackage(service.root, { name: 'a', version: '2' });
    const loaded = await call('POST', '/admin/models/a/load');
    expect([loaded.statusCode, loaded.json().models[0]]).toEqual([
      200,
      {
        name: 'a',
        version: '2',
        state: 'ready',
        serving: true,
        kept: false,
        requests: 0,
        loadSeconds: expect.any(Number),
      },
    ]);
    const back = await call('POST', '/admin/models/a/load', { payload: { version: '1' } });
    expect(back.json().models).toMatchObject([
      { version: '2', state: 'ready', serving: true },
      { version: '1', state: 'ready', serving: false, kept: true },
    ]);
    const unloaded = await call('POST', '/admin/models/a/unload', { payload: { version: '2' } });
    expect(unloaded.json().models).toMatchObject([{ state: 'unloaded' }, { state: 'ready', serving: true }]);
    expect((await call('GET', '/admin/models')).json()).toEqual(unloaded.json());
    const metrics = (await service.app.inject({ url: '/metrics' })).body;
    expect(metrics).toContain('unpaired_model_state{model="a",version="2",state="unloaded"} 1');
    expect(metrics).toContain('unpaired_model_changes_total{model="a",change="loaded"} 3');
    expect(metrics).toContain('unpaired_model_drain_seconds{model="a",version="2"}');
  });

  it('what is unloaded is 503 for clients, and 404 only when it never was there', async () => {
    await call('POST', '/admin/models/a/unload');
    const post = (url: string) => service.app.inject({ method: 'POST', url, payload: 'x' });
    expect((await post('/translate/a')).json()).toMatchObject({ status: 503, code: 'MODEL_UNLOADED' });
    expect((await post('/translate/a/versions/1')).json()).toMatchObject({ status: 503 });
    expect((await post('/translate/a/versions/7')).json()).toMatchObject({
      status: 404,
      code: 'VERSION_UNKNOWN',
    });
    expect((await post('/translate/b')).json()).toMatchObject({ status: 404, code: 'MODEL_UNKNOWN' });
  });

  it.each([
    ['/admin/models/b/load', {}, 404, 'MODEL_UNKNOWN'],
    ['/admin/models/a/load', { version: '7' }, 404, 'VERSION_UNKNOWN'],
    ['/admin/models/..%2Fa/load', {}, 404, 'MODEL_UNKNOWN'],
    ['/admin/models/a/unload', { versoin: '1' }, 422, 'REQUEST_INVALID'],
  ])('%s %j is %i %s', async (url, payload, status, code) => {
    const answer = await call('POST', url, { payload });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  it('a load that fails is told with its reason', async () => {
    const folder = await writePackage(service.root, { name: 'a', version: '2' });
    await writeFile(path.join(folder, 'generator.onnx'), 'not A graph');
    const answer = await call('POST', '/admin/models/a/load');
    expect(answer.json()).toMatchObject({
      status: 422,
      code: 'MODEL_LOAD_REFUSED',
      detail: expect.stringMatching(/sha256.*version 1 still serves/),
    });
    expect(answer.body).not.toContain(service.root);
  });

  it('load is refused while the service stops', async () => {
    service.lifecycle.advance('draining');
    const answer = await call('POST', '/admin/models/a/load');
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'STOPPING']);
  });
});

describe('readAdminKey', () => {
  const read = (environment: Record<string, string>) => () => readAdminKey(readConfig(environment));
  it('takes a file, without the line break at its end', async () => {
    const file = path.join(service.root, 'key');
    await writeFile(file, `${secret}\n`);
    expect(() => read({ ADMIN_KEY_FILE: file })().require(`Bearer ${secret}`)).not.toThrow();
    await rm(file);
    expect(read({ ADMIN_KEY_FILE: file })).toThrow(/ADMIN_KEY_FILE ".*" cannot be read/);
  });

  it('is an error that does not show the key', () => {
    expect(read({})).toThrow('ADMIN_PORT needs ADMIN_KEY or ADMIN_KEY_FILE, got neither');
    expect(read({ ADMIN_KEY: secret, ADMIN_KEY_FILE: 'x' })).toThrow('got both');
    expect(read({ ADMIN_KEY: 'short' })).toThrow('ADMIN_KEY must hold at least 16 characters, got 5');
  });
});
