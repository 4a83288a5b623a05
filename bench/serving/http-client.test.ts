import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpClient } from './http-client.ts';

const ports = new Set<number | undefined>();
const server = createServer((request, response) => {
  ports.add(request.socket.remotePort);
  if (request.url === '/never') return;
  if (request.url === '/broken') {
    response.writeHead(200, { 'content-length': 10 });
    response.write('half', () => request.socket.destroy());
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.writeHead(418, { echo: request.headers.echo }).end(Buffer.concat(chunks)));
});
const client = new HttpClient();
const request = { body: new Uint8Array([1, 2, 3]), contentType: 'image/png' };
const at = (path: string) => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

it('gives status, headers and body, on a connection that is kept', async () => {
  for (let time = 0; time < 3; time++) {
    const answer = await client.post(at('/'), request, 5000, { echo: 'yes' });
    expect(answer).toMatchObject({ status: 418, body: Buffer.from([1, 2, 3]) });
    expect(answer.headers.echo).toBe('yes');
  }
  expect(ports.size).toBe(1);
});

it('fails with a code when there is no answer in time, half an answer, or nobody there', async () => {
  await expect(client.post(at('/never'), request, 50)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await expect(client.post(at('/broken'), request, 5000)).rejects.toMatchObject({ code: 'ECONNRESET' });
  const closed = new URL('http://127.0.0.1:1/');
  await expect(client.post(closed, request, 5000)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
