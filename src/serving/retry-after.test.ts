import fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { UnpairedError } from '../core/errors.ts';
import { problemTable } from './problem-table.ts';
import { sendProblem } from './problems.ts';
import { promiseRetry } from './retry-after.ts';
import { startHarness } from './testing/harness.ts';

class TableError extends UnpairedError {}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

it('every problem with status 503 has Retry-After, and its meaning says so', async () => {
  const app = fastify();
  closers.push(() => app.close());
  app.setErrorHandler(sendProblem);
  promiseRetry(app);
  app.get('/:code', async (request) => {
    const { code } = request.params as { code: string };
    throw new TableError('as the table has it', { code, status: problemTable[code]?.status ?? 0 });
  });
  const promised: string[] = [];
  for (const code of Object.keys(problemTable)) {
    const { headers } = await app.inject({ url: `/${code}` });
    if (/^[1-9]\d*$/.test(String(headers['retry-after'] ?? ''))) promised.push(code);
  }
  const unavailable = Object.entries(problemTable).filter(([, { status }]) => status === 503);
  expect(promised).toEqual(unavailable.map(([code]) => code));
  expect(promised).toEqual(expect.arrayContaining(['LANES_CLOSED', 'MODEL_UNLOADED']));
  for (const [, { meaning }] of unavailable) expect(meaning).toContain('Retry-After');
});

it('so has a service that is not ready, and a model that an operator must mend says to come back later', async () => {
  const service = await startHarness({ load: false });
  closers.push(service.close);
  for (const url of ['/readyz', '/v2/health/ready'])
    expect(await service.app.inject({ url })).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '1' },
    });
  await service.catalog.load();
  expect((await service.app.inject({ url: '/readyz' })).headers).not.toHaveProperty('retry-after');
  await service.catalog.unload('inverter');
  expect(await service.app.inject({ url: '/v2/models/inverter/ready' })).toMatchObject({
    statusCode: 503,
    headers: { 'retry-after': '60' },
  });
});
