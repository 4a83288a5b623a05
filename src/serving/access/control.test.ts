import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startHarness } from '../testing/harness.ts';
import { apiKeyLine } from './api-keys.ts';

let folder: string;
let keyFile: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unpaired-keys-'));
  keyFile = path.join(folder, 'keys.txt');
  await writeFile(keyFile, `${apiKeyLine('alice', 'key-a')}\n${apiKeyLine('bob', 'key-b')} 6000`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Harness = Awaited<ReturnType<typeof startHarness>>;
const started: Harness[] = [];
async function start(environment: Record<string, string>): Promise<Harness['app']> {
  const harness = await startHarness({ environment });
  started.push(harness);
  return harness.app;
}
afterEach(async () => {
  for (const harness of started.splice(0)) await harness.close();
});

describe('API keys', () => {
  it.each([
    ['a bearer key', { authorization: 'Bearer key-a' }, 200],
    ['a bearer key, spelled otherwise', { authorization: 'bearer  key-b' }, 200],
    ['X-Api-Key', { 'x-api-key': 'key-b' }, 200],
    [
      'X-Api-Key beside the authorization of a proxy',
      { authorization: 'Basic x', 'x-api-key': 'key-a' },
      200,
    ],
    ['no key', {}, 401],
    ['an unknown key', { authorization: 'Bearer key-c' }, 401],
    ['an unknown key that begins like one', { 'x-api-key': 'key-' }, 401],
    ['an empty key', { 'x-api-key': '' }, 401],
    ['another scheme', { authorization: 'Basic key-a' }, 401],
    ['an unknown bearer key beside a good one', { authorization: 'Bearer x', 'x-api-key': 'key-a' }, 401],
  ])('%s: %#', async (_what, headers, status) => {
    const app = await start({ API_KEYS_FILE: keyFile });
    expect((await app.inject({ url: '/models', headers })).statusCode).toBe(status);
  });

  it('a request without one is a problem that says how to send it, before its body is read', async () => {
    const app = await start({ API_KEYS_FILE: keyFile });
    const headers = { 'content-type': 'image/png' };
    const none = await app.inject({ method: 'POST', url: '/translate/inverter', headers, payload: 'x' });
    expect(none.json()).toMatchObject({ status: 401, code: 'API_KEY_REQUIRED' });
    expect(none.headers['www-authenticate']).toBe('Bearer realm="unpaired"');
    const wrong = await app.inject({ url: '/models', headers: { 'x-api-key': 'secret-guess' } });
    expect(wrong.headers['www-authenticate']).toBe('Bearer realm="unpaired", error="invalid_token"');
    expect(wrong.body).not.toContain('secret-guess');
  });

  it('what the platform and the documentation need is open; what does not exist is not hidden', async () => {
    const app = await start({ API_KEYS_FILE: keyFile });
    const status = async (url: string) => (await app.inject({ url })).statusCode;
    for (const url of ['/', '/livez', '/readyz', '/metrics', '/docs', '/docs/json', '/problems'])
      expect([url, await status(url)]).toEqual([url, 200]);
    expect(await status('/nothing')).toBe(404);
    expect(await status('/models/inverter')).toBe(401);
  });

  it('METRICS_OPEN=false asks for a key at /metrics too', async () => {
    const app = await start({ API_KEYS_FILE: keyFile, METRICS_OPEN: 'false' });
    const headers = { authorization: 'Bearer key-a' };
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(200);
  });

  it('a file that cannot be used keeps the service from starting', async () => {
    await expect(start({ API_KEYS_FILE: '/nowhere/keys' })).rejects.toThrow('/nowhere/keys cannot be read');
  });
});

describe('rate limits', () => {
  it('go by key, each with its own rate, and answers tell what is left', async () => {
    const app = await start({ API_KEYS_FILE: keyFile, RATE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_BURST: '2' });
    const ask = (key: string) => app.inject({ url: '/models', headers: { 'x-api-key': key } });
    const [first, second, third] = [await ask('key-a'), await ask('key-a'), await ask('key-a')];
    expect([first.statusCode, second.statusCode, third.statusCode]).toEqual([200, 200, 429]);
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '1;w=60;burst=2',
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '60',
    });
    expect(third.json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(third.headers).toMatchObject({ 'ratelimit-remaining': '0', 'retry-after': '60' });
    const other = await ask('key-b');
    expect([other.statusCode, other.headers['ratelimit-policy']]).toEqual([200, '6000;w=60;burst=2']);
    expect((await app.inject({ url: '/readyz' })).headers).not.toHaveProperty('ratelimit-limit');
    expect((await app.inject({ url: '/metrics' })).body).toContain(
      'outcome="refused",reason="RATE_LIMITED"} 1',
    );
  });

  it('go by address without keys; X-Forwarded-For counts from a trusted proxy alone', async () => {
    const limits = { RATE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_BURST: '1' };
    const codes = async (environment: Record<string, string>) => {
      const app = await start({ ...limits, ...environment });
      const ask = async (address: string) =>
        (await app.inject({ url: '/models', headers: { 'x-forwarded-for': address } })).statusCode;
      return [await ask('203.0.113.1'), await ask('203.0.113.2'), await ask('203.0.113.2')];
    };
    expect(await codes({})).toEqual([200, 429, 429]);
    expect(await codes({ TRUST_PROXY: 'loopback' })).toEqual([200, 200, 429]);
    expect(await codes({ TRUST_PROXY: '10.0.0.0/8' })).toEqual([200, 429, 429]);
  });

  it('are off unless set', async () => {
    const app = await start({});
    for (let count = 0; count < 50; count++)
      expect((await app.inject({ url: '/models' })).statusCode).toBe(200);
  });
});

describe('origins', () => {
  const preflight = {
    method: 'OPTIONS',
    url: '/translate/inverter',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
  } as const;

  it('no page of another origin, unless told', async () => {
    const app = await start({});
    const answers = [
      await app.inject(preflight),
      await app.inject({ url: '/models', headers: { origin: 'https://a.example' } }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 200]);
    for (const { headers } of answers) expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('those of the list, also with keys in use, which a preflight never has', async () => {
    const app = await start({
      API_KEYS_FILE: keyFile,
      CORS_ORIGINS: 'https://a.example, http://localhost:3000',
    });
    const asked = await app.inject(preflight);
    expect([asked.statusCode, asked.headers['access-control-allow-origin']]).toEqual([
      204,
      'https://a.example',
    ]);
    const refused = await app.inject({ url: '/models', headers: { origin: 'http://localhost:3000' } });
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    const other = await app.inject({
      ...preflight,
      headers: { ...preflight.headers, origin: 'https://b.example' },
    });
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it.each([
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['CORS_ORIGINS', 'a.example'],
    ['TRUST_PROXY', 'true'],
    ['METRICS_OPEN', 'maybe'],
  ])('%s=%s is refused', async (name, value) => {
    await expect(start({ [name]: value })).rejects.toThrow(`${name} must be `);
  });
});

describe('headers', () => {
  const guarded = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  };

  it.each(['/livez', '/nothing', '/metrics', '/docs', '/docs/json'])('of %s', async (url) => {
    const app = await start({});
    const { headers } = await app.inject({ url });
    expect(headers).toMatchObject(guarded);
    expect(headers).not.toHaveProperty('server');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers['content-security-policy']).toMatch(
      url.startsWith('/docs')
        ? /default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/
        : /^default-src 'none'; frame-ancestors 'none'$/,
    );
  });
});
