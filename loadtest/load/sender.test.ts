import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { HttpClient } from '../../bench/serving/http-client.ts';
import { Sender } from './sender.ts';

/** Refused so many times before it answers. */
let refusals = 0;
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.url === '/hang') return;
    if (refusals-- > 0) {
      const headers = { 'content-type': 'application/problem+json', 'retry-after': '0' };
      response.writeHead(429, headers).end(JSON.stringify({ code: 'OVERLOADED', status: 429 }));
    } else response.writeHead(200, { 'server-timing': 'queue;dur=3.00, run;dur=40.50' }).end('picture');
  });
});
const client = new HttpClient();
const options = { timeoutMilliseconds: 2000, obeyRetryAfter: false, headers: {} };
const request = { body: new Uint8Array([1]), contentType: 'image/png' };

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
beforeEach(() => {
  refusals = 0;
});
afterAll(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

function send(over: Partial<typeof options> = {}, path = '/', earlier = 0) {
  const { port } = server.address() as AddressInfo;
  const intended = performance.now() - earlier;
  const url = new URL(`http://127.0.0.1:${port}${path}`);
  return new Sender(client, { ...options, ...over }).send(url, 'm', request, intended, intended - 5);
}

it('measures from when the request was due, and reads the stages', async () => {
  const outcome = await send({}, '/', 500);
  expect(outcome).toMatchObject({ status: 200, code: '', retries: 0, model: 'm' });
  expect([...outcome.stages]).toEqual([
    ['queue', 3],
    ['run', 40.5],
  ]);
  expect(outcome.intended).toBeCloseTo(5, 5);
  expect(outcome.late).toBeGreaterThanOrEqual(500);
  expect(outcome.latency).toBeGreaterThanOrEqual(outcome.late);
});

it('tells the code of a problem, and comes back when told so only if asked to, three times at most', async () => {
  refusals = 1;
  expect(await send()).toMatchObject({ status: 429, code: 'OVERLOADED', retries: 0 });
  refusals = 2;
  expect(await send({ obeyRetryAfter: true })).toMatchObject({ status: 200, retries: 2 });
  refusals = 9;
  expect(await send({ obeyRetryAfter: true })).toMatchObject({ status: 429, retries: 3 });
});

it('ends in time, from when the request was due', async () => {
  const start = performance.now();
  expect(await send({}, '/hang', 1900)).toMatchObject({ status: 0, code: 'ETIMEDOUT' });
  expect(performance.now() - start).toBeLessThan(1500);
});
