import net from 'node:net';
import type { AppInstance } from '../context.ts';

/** Listens on loopback, on any free port. */
export async function listen(app: Pick<AppInstance, 'listen' | 'server'>): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as net.AddressInfo).port;
}

/** A bare connection, for clients that do not behave. */
export function connectTo(port: number) {
  const socket = net.connect(port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  // The service may reset it; what counts is what came and that it closed.
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(received).toString('latin1')));
  });
  return { socket, /** Resolves with everything that was received. */ closed };
}
