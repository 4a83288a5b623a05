import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { startHarness } from './testing/harness.ts';
import { connectTo, listen } from './testing/sockets.ts';

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

it('closes a connection beyond the limit at once, counts it, and takes the next when there is room', async () => {
  const service = await startHarness({ environment: { MAX_CONNECTIONS: '2' } });
  close = service.close;
  const port = await listen(service.app);
  const refused = async () =>
    /^unpaired_connections_refused_total (\d+)$/m.exec(
      (await service.app.inject({ url: '/metrics' })).body,
    )?.[1];
  const held = [connectTo(port), connectTo(port)] as const;
  const ask = (socket: (typeof held)[0]['socket']) =>
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n');
  for (const { socket } of held) {
    ask(socket);
    await once(socket, 'data');
  }
  expect(await refused()).toBe('0');
  expect(await connectTo(port).closed).toBe('');
  expect(await refused()).toBe('1');

  held[0].socket.destroy();
  await held[0].closed;
  await expect
    .poll(async () => {
      const { socket, closed } = connectTo(port);
      socket.end('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      return closed;
    })
    .toMatch(/^HTTP\/1\.1 200 /);
});
