import { FakeLanes, invert } from '../../testing/fake-lanes.ts';
import { startHarness } from '../../testing/harness.ts';
import { writePackage } from '../../testing/model-package.ts';

export interface Body {
  readonly [field: string]: unknown;
}

/** A service with models of each kind, on lanes that invert; `bad-graph` fails for a picture that begins with 99. */
export async function startInferenceService() {
  const lanes = new FakeLanes({
    network: (feeds, key) => {
      if (key.startsWith('bad-graph') && feeds.input?.data[0] === 99) throw new Error('it broke');
      return invert(feeds);
    },
  });
  const service = await startHarness<FakeLanes>({
    lanes,
    environment: { QUEUE_LIMIT: '6', MAX_BATCH: '4', MAX_UPLOAD_BYTES: '6000000' },
    models: async (root) => {
      await writePackage(root, { name: 'bytes' });
      await writePackage(root, { name: 'floats', boundary: 'float32-NCHW' });
      await writePackage(root, { name: 'fixed', image: { flexible: false } });
      await writePackage(root, { name: 'small', image: { maximumPixels: 256 } });
      await writePackage(root, { name: 'bad-graph' });
    },
  });
  return {
    ...service,
    metrics: async () => (await service.app.inject({ url: '/metrics' })).body,
    /** @param bytes what comes after the JSON, with the header that says so */
    infer(model: string, body: Body | string, bytes?: Uint8Array, headers: Record<string, string> = {}) {
      const json = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const type = { 'content-type': bytes ? 'application/octet-stream' : 'application/json' };
      const length = bytes && { 'inference-header-content-length': String(json.length) };
      return service.app.inject({
        method: 'POST',
        url: `/v2/models/${model}/infer`,
        headers: { ...type, ...length, ...headers },
        payload: bytes ? Buffer.concat([json, bytes]) : json,
      });
    },
  };
}

/** Bytes of pictures of 4x4 pixels. */
export function pictureBytes(items: number): Uint8Array {
  return Uint8Array.from({ length: items * 48 }, (_, index) => (index * 7) % 256);
}

/** An input of such pictures, without its values. */
export function input(items: number, more: Body = {}): Body {
  return { name: 'input', shape: [items, 4, 4, 3], datatype: 'UINT8', ...more };
}

export function inputInJson(items: number, more: Body = {}): Body {
  return input(items, { data: [...pictureBytes(items)], ...more });
}

export function inputInBytes(items: number, more: Body = {}): Body {
  return input(items, { parameters: { binary_data_size: items * 48 }, ...more });
}
