import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankPixels, encode } from '../../image/index.ts';
import type { FakeLanes } from '../testing/fake-lanes.ts';
import { form, pictureForm, startHarness } from '../testing/harness.ts';
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

describe('bad input', () => {
  const file = (name: string, content: Uint8Array) => ({
    name,
    content,
    filename: 'a.png',
    type: 'image/png',
  });

  const cases: [
    what: string,
    request: () => { url?: string; body: { payload: Uint8Array; headers: Record<string, string> } },
    status: number,
    code: string,
    field?: string,
  ][] = [
    [
      'unknown model',
      () => ({ url: '/translate/nothing', body: pictureForm(picture) }),
      404,
      'MODEL_UNKNOWN',
    ],
    [
      'model name with a slash',
      () => ({ url: '/translate/..%2Fetc', body: pictureForm(picture) }),
      404,
      'MODEL_UNKNOWN',
    ],
    [
      'unknown format',
      () => ({ url: '/translate/inverter?format=gif', body: raw(picture) }),
      422,
      'REQUEST_INVALID',
      'query format',
    ],
    [
      'unknown format in the form',
      () => ({ body: pictureForm(picture, { format: 'bmp' }) }),
      422,
      'REQUEST_INVALID',
      'form format',
    ],
    [
      'quality 101',
      () => ({ url: '/translate/inverter?format=jpeg&quality=101', body: raw(picture) }),
      422,
      'REQUEST_INVALID',
      'query quality',
    ],
    [
      'quality 0',
      () => ({ body: pictureForm(picture, { format: 'jpeg', quality: '0' }) }),
      422,
      'REQUEST_INVALID',
      'form quality',
    ],
    [
      'quality that is no number',
      () => ({ body: pictureForm(picture, { quality: 'best' }) }),
      422,
      'REQUEST_INVALID',
      'form quality',
    ],
    [
      'quality for png',
      () => ({ body: pictureForm(picture, { format: 'png', quality: '50' }) }),
      422,
      'QUALITY_INVALID',
    ],
    [
      'unknown size',
      () => ({ url: '/translate/inverter?size=huge', body: raw(picture) }),
      422,
      'REQUEST_INVALID',
      'query size',
    ],
    [
      'original size of a fixed model',
      () => ({ url: '/translate/fixed?size=original', body: raw(picture) }),
      422,
      'SIZE_UNSUPPORTED',
    ],
    [
      'unknown query field',
      () => ({ url: '/translate/inverter?colour=red', body: raw(picture) }),
      422,
      'REQUEST_INVALID',
      'query colour',
    ],
    [
      'unknown form field',
      () => ({ body: pictureForm(picture, { colour: 'red' }) }),
      422,
      'REQUEST_INVALID',
      'form colour',
    ],
    [
      'the same query field twice',
      () => ({ url: '/translate/inverter?format=png&format=jpeg', body: raw(picture) }),
      422,
      'REQUEST_INVALID',
      'query format',
    ],
    [
      'no picture',
      () => ({ body: form([{ name: 'format', content: 'png' }]) }),
      422,
      'REQUEST_INVALID',
      'form image',
    ],
    ['empty form', () => ({ body: form([]) }), 422, 'REQUEST_INVALID', 'form image'],
    [
      'picture as text',
      () => ({ body: form([{ name: 'image', content: 'hello' }]) }),
      422,
      'REQUEST_INVALID',
      'form image',
    ],
    [
      'two pictures',
      () => ({ body: form([file('image', picture), file('image', picture)]) }),
      422,
      'REQUEST_INVALID',
      'form image',
    ],
    [
      'picture in another field',
      () => ({ body: form([file('photo', picture)]) }),
      422,
      'REQUEST_INVALID',
      'form photo',
    ],
    [
      'field with the name of a prototype',
      () => ({ body: form([{ name: '__proto__', content: 'x' }]) }),
      400,
      'BODY_MALFORMED',
    ],
    [
      'form without an end',
      () => ({ body: { ...pictureForm(picture), payload: pictureForm(picture).payload.subarray(0, 150) } }),
      400,
      'BODY_MALFORMED',
    ],
    [
      'form without a boundary',
      () => ({ body: { payload: picture, headers: { 'content-type': 'multipart/form-data' } } }),
      400,
      'BODY_MALFORMED',
    ],
    [
      'a hundred fields',
      () => ({
        body: form(Array.from({ length: 100 }, (_, index) => ({ name: `f${index}`, content: 'x' }))),
      }),
      400,
      'BODY_MALFORMED',
    ],
    [
      'a very long field',
      () => ({ body: pictureForm(picture, { format: 'x'.repeat(5000) }) }),
      422,
      'REQUEST_INVALID',
      'form format',
    ],
    ['json', () => ({ body: raw(Buffer.from('{}'), 'application/json') }), 415, 'MEDIA_TYPE_UNSUPPORTED'],
    [
      'curl --data-binary without a type',
      () => ({ body: raw(picture, 'application/x-www-form-urlencoded') }),
      415,
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'no body at all',
      () => ({ body: { payload: new Uint8Array(), headers: {} } }),
      422,
      'REQUEST_INVALID',
      'form image',
    ],
    ['zero bytes', () => ({ body: raw(new Uint8Array()) }), 422, 'IMAGE_EMPTY'],
    ['zero bytes in a form', () => ({ body: pictureForm(new Uint8Array()) }), 422, 'IMAGE_EMPTY'],
    [
      'not an image',
      () => ({ body: raw(Buffer.from('hello world, not an image')) }),
      415,
      'IMAGE_FORMAT_UNSUPPORTED',
    ],
    [
      'svg',
      () => ({ body: raw(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml') }),
      415,
      'IMAGE_FORMAT_UNSUPPORTED',
    ],
    ['pdf', () => ({ body: raw(Buffer.from('%PDF-1.7\n')) }), 415, 'IMAGE_FORMAT_UNSUPPORTED'],
    ['truncated image', () => ({ body: raw(picture.subarray(0, 60)) }), 422, 'IMAGE_CORRUPT'],
    ['body over the limit', () => ({ body: raw(new Uint8Array(200_001)) }), 413, 'BODY_TOO_LARGE'],
    [
      'picture over the limit in a form',
      () => ({ body: pictureForm(new Uint8Array(200_001)) }),
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'form far over the limit',
      () => ({ body: pictureForm(new Uint8Array(900_000)) }),
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'Accept without a picture',
      () => ({ body: raw(picture, 'image/png', { accept: 'application/json' }) }),
      406,
      'NOT_ACCEPTABLE',
    ],
    [
      'Accept that excludes everything',
      () => ({ body: raw(picture, 'image/png', { accept: 'image/*;q=0' }) }),
      406,
      'NOT_ACCEPTABLE',
    ],
  ];

  it.each(cases)('%s', async (_what, request, status, code, field) => {
    const { url = '/translate/inverter', body } = request();
    const answer = await post(url, body);
    expect({ status: answer.statusCode, ...answer.json() }).toMatchObject({ status, code });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const faults = ((answer.json() as { errors?: { location: string; field: string }[] }).errors ?? []).map(
      (fault) => `${fault.location} ${fault.field}`,
    );
    expect(faults).toEqual(field === undefined ? [] : [field]);
  });

  it('a picture of 144 megapixels in a small file is refused before it is decoded', async () => {
    const bomb = await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: 'red' } })
      .png({ compressionLevel: 9, palette: true })
      .toBuffer();
    expect(bomb.length).toBeLessThan(200_000);
    const answer = await post('/translate/inverter', raw(bomb));
    expect(answer.json()).toMatchObject({ status: 413, code: 'IMAGE_TOO_LARGE' });
  });

  it('an animated GIF is refused', async () => {
    const frame = Buffer.alloc(8 * 8 * 3, 120);
    const gif = await sharp(Buffer.concat([frame, Buffer.alloc(8 * 8 * 3, 10)]), {
      raw: { width: 8, height: 16, channels: 3, pageHeight: 8 },
    })
      .gif()
      .toBuffer();
    const answer = await post('/translate/inverter', raw(gif, 'image/gif'));
    expect(answer.json()).toMatchObject({ status: 422, code: 'IMAGE_ANIMATED' });
  });

  it('is alive after all of them', async () => {
    expect((await post('/translate/inverter', pictureForm(picture))).statusCode).toBe(200);
    await expect(service.app.inject({ url: '/readyz' })).resolves.toMatchObject({ statusCode: 200 });
  });
});
