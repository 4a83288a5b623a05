import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness } from '../testing/harness.ts';
import { writePackage } from '../testing/model-package.ts';

let service: Awaited<ReturnType<typeof startHarness>>;
beforeAll(async () => {
  service = await startHarness({
    environment: { MODEL_VERSIONS: 'all' },
    models: async (root) => {
      for (const version of ['2', '10']) await writePackage(root, { name: 'a', version });
      await writePackage(root, { name: 'fixed', boundary: 'float32-NCHW', image: { flexible: false } });
      await writePackage(root, { name: 'broken', edit: (manifest) => Object.assign(manifest, { more: 1 }) });
    },
  });
});
afterAll(() => service.close());

async function get(url: string) {
  const { statusCode, body } = await service.app.inject({ url: `/v2${url}` });
  return [statusCode, body === '' ? '' : JSON.parse(body)];
}

describe('the server', () => {
  it('tells its name and extensions', async () => {
    const about = { name: 'unpaired', version: '0.0.0-test', extensions: ['binary_tensor_data'] };
    expect(await get('')).toEqual([200, about]);
    expect(await get('/')).toEqual([200, about]);
  });

  it('is live and ready by status, until it stops', async () => {
    expect([await get('/health/live'), await get('/health/ready')]).toEqual([
      [200, ''],
      [200, ''],
    ]);
    const other = await startHarness({ load: false });
    expect((await other.app.inject({ url: '/v2/health/ready' })).statusCode).toBe(503);
    expect((await other.app.inject({ url: '/v2/health/live' })).statusCode).toBe(200);
    await other.close();
  });

  it('answers what it does not have in the form of the protocol', async () => {
    expect(await get('/repository/index')).toEqual([
      404,
      { error: expect.stringContaining('/v2/repository') },
    ]);
    const elsewhere = await service.app.inject({ url: '/elsewhere' });
    expect(elsewhere.json().code).toBe('ROUTE_NOT_FOUND');
  });
});

describe('a model', () => {
  it('tells its versions and tensors, -1 for what a request may choose', async () => {
    expect(await get('/models/a')).toEqual([
      200,
      {
        name: 'a',
        versions: ['10', '2'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'input', datatype: 'UINT8', shape: [-1, -1, -1, 3] }],
        outputs: [{ name: 'output', datatype: 'UINT8', shape: [-1, -1, -1, 3] }],
      },
    ]);
    expect((await get('/models/fixed'))[1].inputs).toEqual([
      { name: 'input', datatype: 'FP32', shape: [-1, 3, 16, 16] },
    ]);
    expect((await get('/models/a/versions/2'))[0]).toBe(200);
  });

  it.each([
    ['/models/a/ready', 200, { name: 'a', ready: true }],
    ['/models/a/versions/2/ready', 200, { name: 'a', ready: true }],
    ['/models/a/versions/3/ready', 404, { error: 'model "a" has no version 3; there are 10, 2' }],
    ['/models/b/ready', 404, { error: expect.stringContaining('there is no model "b"') }],
    ['/models/b', 404, { error: expect.stringContaining('there is no model "b"') }],
    ['/models/broken/ready', 503, { error: expect.stringContaining('more') }],
    ['/models/%00..%2f/ready', 404, { error: expect.any(String) }],
  ])('%s is %i', async (url, status, body) => {
    expect(await get(url)).toEqual([status, body]);
  });

  it('that is unloaded is not ready', async () => {
    await service.catalog.unload('a', '2');
    expect((await get('/models/a/versions/2/ready'))[0]).toBe(503);
    expect((await get('/models/a'))[1].versions).toEqual(['10']);
  });
});

it('/docs has the routes', async () => {
  const { paths } = (await service.app.inject({ url: '/docs/json' })).json();
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/{model}',
      '/v2/models/{model}/ready',
      '/v2/models/{model}/infer',
      '/v2/models/{model}/versions/{version}/infer',
      '/translate/{model}/versions/{version}',
      '/models/{model}/versions/{version}',
    ]),
  );
  const { requestBody } = paths['/v2/models/{model}/infer'].post;
  expect(Object.keys(requestBody.content)).toEqual(['application/json', 'application/octet-stream']);
});
