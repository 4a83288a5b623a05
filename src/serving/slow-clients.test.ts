import { afterEach, describe, expect, it } from 'vitest';
import { startHarness } from './testing/harness.ts';
import { connectTo, listen } from './testing/sockets.ts';

type Harness = Awaited<ReturnType<typeof startHarness>>;
const started: Harness[] = [];
async function start(environment: Record<string, string>): Promise<Harness & { port: number }> {
  const harness = await startHarness({ environment });
  started.push(harness);
  return { ...harness, port: await listen(harness.app) };
}
afterEach(async () => {
  for (const harness of started.splice(0)) await harness.close();
});

/** Sends a piece every few milliseconds, for ever: each piece is a sign of life, which must not count. */
function drip(socket: ReturnType<typeof connectTo>['socket'], first: string, piece: () => string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece()), 20);
  socket.once('close', () => clearInterval(timer));
}

const timedOut = /^HTTP\/1\.1 408 [\s\S]*"code":"REQUEST_TIMEOUT"/;

describe('slowloris', () => {
  it('on the headers: many clients that drip theirs are cut off with 408, and others are served meanwhile', async () => {
    const { app, port } = await start({ HEADERS_TIMEOUT_MS: '300', REQUEST_TIMEOUT_MS: '600' });
    const clients = Array.from({ length: 40 }, () => connectTo(port));
    let line = 0;
    for (const { socket } of clients)
      drip(socket, 'GET /models HTTP/1.1\r\nHost: x\r\n', () => `X-${line++}: a\r\n`);
    expect((await fetch(`http://127.0.0.1:${port}/models`)).status).toBe(200);
    const answers = await Promise.all(clients.map(({ closed }) => closed));
    for (const answer of answers) expect(answer).toMatch(timedOut);
    await expect.poll(() => connections(app)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['a raw body', 'Content-Type: image/png', ''],
    [
      'a form',
      'Content-Type: multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n',
    ],
  ])('on %s: it is cut off with 408, its slot is free again', async (_what, type, first) => {
    const { app, port } = await start({ HEADERS_TIMEOUT_MS: '300', REQUEST_TIMEOUT_MS: '600' });
    const { socket, closed } = connectTo(port);
    const head = `POST /translate/inverter HTTP/1.1\r\nHost: x\r\n${type}\r\nContent-Length: 100000\r\n\r\n`;
    drip(socket, head + first, () => 'a');
    expect(await closed).toMatch(timedOut);
    await expect
      .poll(async () => (await app.inject({ url: '/metrics' })).body)
      .toMatch(
        /unpaired_uploads 0[\s\S]*unpaired_admitted_items 0|unpaired_admitted_items 0[\s\S]*unpaired_uploads 0/,
      );
  });
});

describe('a slow reader', () => {
  // Answers of megabytes, asked for again and again and never read, fill what the kernel keeps for a connection.
  const request = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n';

  it('is cut off after RESPONSE_TIMEOUT_MS', async () => {
    const { app, port } = await start({ RESPONSE_TIMEOUT_MS: '300' });
    const { socket } = connectTo(port);
    socket.pause();
    socket.write(request.repeat(40));
    await expect
      .poll(async () => (await app.inject({ url: '/metrics' })).body)
      .toContain('outcome="client_left",reason="CLIENT_LEFT"} ');
    await expect.poll(() => connections(app)).toBe(0);
    socket.destroy();
  });

  it('is waited for until then', async () => {
    const { app, port } = await start({ RESPONSE_TIMEOUT_MS: '10000' });
    const { socket, closed } = connectTo(port);
    socket.pause();
    socket.write(request.repeat(20) + request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await connections(app)).toBe(1);
    socket.resume();
    expect((await closed).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(21);
  });
});

function connections(app: Harness['app']): Promise<number> {
  return new Promise((resolve, reject) =>
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
