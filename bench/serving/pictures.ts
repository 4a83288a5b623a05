import { Random } from '../../src/core/random.ts';
import { encode, type Pixels } from '../../src/image/index.ts';
import type { ClientRequest } from './http-client.ts';

const side = 256;

/**
 * A JPEG of 256x256 pixels for each client, no two alike. Every other client sends it in a form, as a browser does,
 * the others as the body itself.
 */
export async function clientPictures(
  clients: number,
): Promise<{ jpeg: Uint8Array; request: ClientRequest }[]> {
  return Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const jpeg = await encode(drawWaves(client), { format: 'jpeg', quality: 90 });
      return { jpeg, request: client % 2 === 0 ? rawRequest(jpeg) : await formRequest(jpeg) };
    }),
  );
}

/** Waves of colour with some grain: about as many bytes, and as much work to decode, as a photograph. */
function drawWaves(seed: number): Pixels {
  const random = Random.of(seed, 'waves');
  const waves = Array.from({ length: 3 }, () => ({
    across: 0.15 * random.uniform(),
    down: 0.15 * random.uniform(),
    phase: 2 * Math.PI * random.uniform(),
  }));
  const data = new Uint8ClampedArray(side * side * 3);
  for (let pixel = 0; pixel < side * side; pixel++) {
    for (const [channel, { across, down, phase }] of waves.entries()) {
      const wave = Math.sin(across * (pixel % side) + down * Math.floor(pixel / side) + phase);
      data[3 * pixel + channel] = 128 + 90 * wave + 20 * (random.uniform() - 0.5);
    }
  }
  return { width: side, height: side, data: new Uint8Array(data.buffer) };
}

/** The picture as the body itself. */
export function rawRequest(picture: Uint8Array, contentType = 'image/jpeg'): ClientRequest {
  return { body: Uint8Array.from(picture), contentType };
}

/** The picture in a form, as a browser sends it. */
export async function formRequest(picture: Uint8Array, type = 'image/jpeg'): Promise<ClientRequest> {
  const form = new FormData();
  form.set('image', new Blob([Uint8Array.from(picture)], { type }), 'picture');
  // fetch would write the form anew for each request.
  const written = new Response(form);
  const contentType = written.headers.get('content-type') as string;
  return { body: new Uint8Array(await written.arrayBuffer()), contentType };
}
