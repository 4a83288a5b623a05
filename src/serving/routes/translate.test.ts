import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankPixels, decode, encode } from '../../image/index.ts';
import { FakeLanes, invert } from '../testing/fake-lanes.ts';
import { pictureForm, startHarness } from '../testing/harness.ts';
import { writePackage } from '../testing/model-package.ts';

type Harness = Awaited<ReturnType<typeof startHarness<FakeLanes>>>;

let service: Harness;
let picture: Uint8Array;

beforeAll(async () => {
  service = await startHarness<FakeLanes>({
    environment: { MAX_UPLOAD_BYTES: '200000', MAX_PIXELS: '1000000' },
    models: async (root) => {
      await writePackage(root, { name: 'inverter' });
      await writePackage(root, { name: 'fixed', image: { flexible: false } });
      await writePackage(root, { name: 'user-onnx', boundary: 'float32-NCHW' });
    },
  });
  picture = await encode(blankPixels({ width: 16, height: 16 }, [10, 20, 30]), { format: 'png' });
});

afterAll(() => service.close());

function post(url: string, body: { payload: Buffer | Uint8Array; headers: Record<string, string> }) {
  return service.app.inject({
    method: 'POST',
    url,
    headers: body.headers,
    payload: Buffer.from(body.payload),
  });
}

const raw = (payload: Uint8Array, type = 'image/png', headers = {}) => ({
  payload,
  headers: { 'content-type': type, ...headers },
});

describe('POST /translate/{model}', () => {
  it('answers a form with the translated picture and says what was done', async () => {
    const answer = await post('/translate/inverter', pictureForm(picture));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'unpaired-model': 'inverter',
      'unpaired-model-version': '1',
      'unpaired-provider': 'cpu',
    });
    expect(answer.headers['server-timing']).toMatch(
      /^decode;dur=[\d.]+, preprocess;dur=[\d.]+, queue;dur=[\d.]+, run;dur=[\d.]+, postprocess;dur=[\d.]+, encode;dur=[\d.]+$/,
    );
    const pixels = await decode(answer.rawPayload);
    expect([pixels.width, pixels.height, ...pixels.data.subarray(0, 3)]).toEqual([16, 16, 245, 235, 225]);
  });

  it.each(['image/png', 'image/jpeg', 'application/octet-stream'])(
    'takes the picture as a body of %s, by its bytes and not by its type',
    async (type) => {
      const answer = await post('/translate/inverter', raw(picture, type));
      expect(answer.statusCode).toBe(200);
    },
  );

  it("serves a user's float NCHW network from a manifest alone", async () => {
    const answer = await post('/translate/user-onnx', raw(picture));
    expect(answer.statusCode).toBe(200);
    const pixels = await decode(answer.rawPayload);
    expect([...pixels.data.subarray(0, 3)]).toEqual([245, 235, 225]);
    expect(service.lanes.runs.at(-1)?.input).toMatchObject({ dtype: 'float32', dims: [1, 3, 16, 16] });
  });

  it.each([
    ['png', 'image/png'],
    ['jpeg', 'image/jpeg'],
    ['jpg', 'image/jpeg'],
    ['webp', 'image/webp'],
    ['avif', 'image/avif'],
  ])('format=%s gives %s, from the query and from the form', async (format, type) => {
    const byQuery = await post(`/translate/inverter?format=${format}`, raw(picture));
    const byField = await post('/translate/inverter?format=png', pictureForm(picture, { format }));
    expect([byQuery.headers['content-type'], byField.headers['content-type']]).toEqual([type, type]);
    expect((await sharp(byQuery.rawPayload).metadata()).mediaType).toBe(type);
  });

  it.each([
    [undefined, 'image/png'],
    ['*/*', 'image/png'],
    ['image/webp, image/*;q=0.5', 'image/webp'],
    ['image/jpeg;q=0.9, image/webp;q=0.1', 'image/jpeg'],
    ['image/png;q=0, */*', 'image/jpeg'],
  ])('Accept: %s gives %s', async (accept, type) => {
    const answer = await post('/translate/inverter', raw(picture, 'image/png', accept ? { accept } : {}));
    expect(answer.headers['content-type']).toBe(type);
  });

  it('a lower quality is a smaller file', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251);
    const noisy = await encode({ width: 64, height: 64, data: noise }, { format: 'png' });
    const sizes = await Promise.all(
      ['5', '95'].map(async (quality) => {
        const answer = await post('/translate/inverter?format=jpeg', pictureForm(noisy, { quality }));
        expect(answer.statusCode).toBe(200);
        return answer.rawPayload.length;
      }),
    );
    expect(sizes[0]).toBeLessThan(sizes[1] as number);
  });

  it('size=original keeps the size of the picture, also where it is no multiple of what the model takes', async () => {
    const odd = await encode(blankPixels({ width: 50, height: 31 }, [200, 100, 0]), { format: 'png' });
    const answer = await post('/translate/inverter?size=original', raw(odd));
    const pixels = await decode(answer.rawPayload);
    expect([pixels.width, pixels.height, ...pixels.data.subarray(-3)]).toEqual([50, 31, 55, 155, 255]);
    expect(service.lanes.runs.at(-1)?.input?.dims).toEqual([1, 32, 52, 3]);
  });
});

describe('unusual pictures', () => {
  const base = () => sharp({ create: { width: 24, height: 16, channels: 4, background: '#3366cc80' } });
  it.each([
    ['16-bit', () => base().removeAlpha().toColourspace('rgb16').png().toBuffer()],
    ['greyscale', () => base().removeAlpha().toColourspace('b-w').jpeg().toBuffer()],
    ['CMYK', () => base().removeAlpha().toColourspace('cmyk').jpeg().toBuffer()],
    ['alpha', () => base().png().toBuffer()],
    ['webp', () => base().webp().toBuffer()],
    ['avif', () => base().avif().toBuffer()],
  ])('%s works', async (_what, make) => {
    const answer = await post('/translate/inverter?size=original', raw(await make()));
    expect(answer.statusCode).toBe(200);
    expect(await sharp(answer.rawPayload).metadata()).toMatchObject({ width: 24, height: 16 });
  });

  it('EXIF orientation is applied', async () => {
    const turned = await base().removeAlpha().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const answer = await post('/translate/inverter?size=original', raw(turned));
    expect(await sharp(answer.rawPayload).metadata()).toMatchObject({ width: 16, height: 24 });
  });
});

it('a network that gives the wrong output is our fault: 500, and its message stays inside', async () => {
  const lanes = new FakeLanes({
    network: (feeds, key) => (key.includes('bad') ? { other: invert(feeds).output as never } : invert(feeds)),
  });
  const broken = await startHarness<FakeLanes>({
    lanes,
    models: (root) => writePackage(root, { name: 'bad' }),
  });
  const answer = await broken.app.inject({
    method: 'POST',
    url: '/translate/bad',
    ...raw(picture),
    payload: Buffer.from(picture),
  });
  expect(answer.json()).toMatchObject({
    status: 500,
    code: 'INTERNAL',
    detail: 'The service met an internal error.',
  });
  await broken.close();
});
