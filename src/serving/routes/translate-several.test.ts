import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { blankPixels, type Colour, decode, encode, type Pixels } from '../../image/index.ts';
import { LanePool } from '../../runtime/index.ts';
import { writeExemplarPackage } from '../../testing/exemplar-package.ts';
import { type FormPart, form, startHarness } from '../testing/harness.ts';
import { tinyCodeSize, writeExemplarGuidedPackage } from '../testing/model-package.ts';

/** A model that makes many pictures of one, on a real lane. */

type Harness = Awaited<ReturnType<typeof startHarness<LanePool>>>;

let service: Harness;
let picture: Uint8Array;

beforeAll(async () => {
  const lanes = await LanePool.start({ lanes: 2, threadsPerLane: 1, provider: 'cpu' });
  service = await startHarness<LanePool>({
    lanes,
    environment: { MAX_BATCH: '4', QUEUE_LIMIT: '256' },
    models: async (root) => {
      await writeExemplarGuidedPackage(root, { name: 'many' });
      await writeExemplarPackage(root, { name: 'coloured' });
    },
  });
  picture = await encode(noise(1), { format: 'png' });
});
afterAll(() => service?.close());

function noise(seed: number, side = 16): Pixels {
  const random = Random.of(seed);
  return {
    width: side,
    height: side,
    data: Uint8Array.from({ length: side * side * 3 }, () => random.integer(256)),
  };
}

const style = (colour: Colour) => encode(blankPixels({ width: 16, height: 16 }, colour), { format: 'png' });
const file = (name: string, content: Uint8Array): FormPart => ({
  name,
  content,
  filename: 'a.png',
  type: 'image/png',
});

async function post(
  fields: Readonly<Record<string, string>>,
  {
    styles = [],
    image = picture,
    headers = {},
    model = 'many',
  }: {
    styles?: readonly Uint8Array[];
    image?: Uint8Array;
    headers?: Record<string, string>;
    model?: string;
  } = {},
) {
  const body = form([
    file('image', image),
    ...styles.map((each) => file('style', each)),
    ...Object.entries(fields).map(([name, content]) => ({ name, content })),
  ]);
  return service.app.inject({
    method: 'POST',
    url: `/translate/${model}`,
    headers: { ...body.headers, ...headers },
    payload: body.payload,
  });
}

interface Made {
  readonly image: string;
  readonly attribute: readonly number[];
  readonly seed?: number;
  readonly label: string;
}

/** The pictures of a request, as JSON tells them. */
async function several(
  fields: Readonly<Record<string, string>>,
  options: Parameters<typeof post>[1] = {},
): Promise<Made[]> {
  const answer = await post(fields, { ...options, headers: { accept: 'application/json' } });
  expect(answer.statusCode, answer.body).toBe(200);
  return (answer.json() as { pictures: Made[] }).pictures;
}

const pixelsOf = async (answer: { rawPayload: Buffer }) => (await decode(answer.rawPayload)).data;
const imagesOf = (made: readonly Made[]) => made.map(({ image }) => image);
const bytesOf = ({ image }: Made) => Buffer.from(image.slice(image.indexOf(',') + 1), 'base64');
const code = (first: number) => [first, ...new Array<number>(tinyCodeSize - 1).fill(0)];

async function metric(line: RegExp): Promise<number> {
  const { body } = await service.app.inject({ url: '/metrics' });
  return Number(line.exec(body)?.[1] ?? 0);
}
const runs = (network: string) =>
  metric(new RegExp(`unpaired_batch_items_sum\\{network="many/1/${network}"\\} (\\d+)`));

describe('one picture', () => {
  it('is of a drawn seed, and says which, and which code', async () => {
    const answer = await post({});
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('image/png');
    const seed = String(answer.headers['unpaired-seed']);
    const attribute = String(answer.headers['unpaired-attribute']);
    expect(JSON.parse(attribute)).toHaveLength(tinyCodeSize);
    const [again, byCode, other] = [await post({ seed }), await post({ attribute }), await post({})];
    expect(again.rawPayload.equals(answer.rawPayload)).toBe(true);
    expect(byCode.rawPayload.equals(answer.rawPayload)).toBe(true);
    expect(byCode.headers['unpaired-attribute']).toBe(attribute);
    expect(byCode.headers['unpaired-seed']).toBeUndefined();
    expect(other.rawPayload.equals(answer.rawPayload)).toBe(false);
  });

  it('of one style picture has its look: its code, sent back in any format, makes it again', async () => {
    const red = await style([220, 20, 20]);
    const answer = await post({}, { styles: [red] });
    const attribute = String(answer.headers['unpaired-attribute']);
    const again = await post({ attribute, format: 'webp' });
    expect(again.headers['unpaired-attribute']).toBe(attribute);
    expect(await pixelsOf(await post({ attribute }))).toEqual(await pixelsOf(answer));
    const [first] = await several({ outputs: '2', seed: '1' }, { styles: [red] });
    expect(bytesOf(first as Made).equals(answer.rawPayload)).toBe(true);
  });
});

describe('several pictures', () => {
  it('are sampled by one seed; a picture is the same however many others there are', async () => {
    const eight = await several({ outputs: '8', seed: '7' });
    expect(new Set(imagesOf(eight)).size).toBe(8);
    expect(eight.map(({ seed }) => seed)).toEqual(new Array(8).fill(7));
    expect(imagesOf(await several({ outputs: '3', seed: '7' }))).toEqual(imagesOf(eight.slice(0, 3)));
    expect((await post({ seed: '7' })).rawPayload.equals(bytesOf(eight[0] as Made))).toBe(true);
    const codes = JSON.stringify(eight.map(({ attribute }) => attribute));
    expect(imagesOf(await several({ attribute: codes }))).toEqual(imagesOf(eight));
  });

  it('are of codes first, then of styles, then sampled', async () => {
    const styles = [await style([250, 0, 0]), await style([0, 0, 250])];
    const made = await several({ attribute: JSON.stringify(code(1)), outputs: '5', seed: '3' }, { styles });
    expect(made.map(({ label }) => label)).toEqual([
      'attribute code 1',
      'style 1',
      'style 2',
      'sample 1 of seed 3',
      'sample 2 of seed 3',
    ]);
    expect(made[0]?.attribute).toEqual(code(1));
    const alone = await Promise.all(styles.map((each) => post({}, { styles: [each] })));
    for (const [index, each] of alone.entries())
      expect(bytesOf(made[index + 1] as Made).equals(each.rawPayload)).toBe(true);
  });

  it('can be steps between two codes or styles', async () => {
    const ends = JSON.stringify([code(3), code(-1)]);
    const line = await several({ attribute: ends, interpolate: '5', interpolation: 'linear' });
    expect(line.map(({ attribute }) => attribute[0])).toEqual([3, 2, 1, 0, -1]);
    const styles = [await style([200, 10, 10]), await style([10, 10, 200])];
    const arc = await several({ interpolate: '3' }, { styles });
    const [from, to] = await several({}, { styles });
    expect([arc[0]?.image, arc[2]?.image]).toEqual([from?.image, to?.image]);
    expect(arc[1]?.image).not.toBe(from?.image);
    const mixed = await several(
      { attribute: JSON.stringify(code(2)), interpolate: '2' },
      { styles: [styles[0] as Uint8Array] },
    );
    expect(mixed.map(({ attribute }) => attribute)).toEqual([code(2), from?.attribute]);
  });

  it('have their codes scaled', async () => {
    const [plain] = await several({ outputs: '2', seed: '5' });
    const [scaled] = await several({ outputs: '2', seed: '5', attribute_scale: '0.5' });
    const halves = plain?.attribute.map((value) => Math.fround(Math.fround(value) * 0.5));
    expect(scaled?.attribute.map(Math.fround)).toEqual(halves);
    const mean = await several({ outputs: '2', attribute_scale: '0' });
    expect(new Set(imagesOf(mean)).size).toBe(1);
  });

  it('encode the content once, and each style picture once', async () => {
    const before = await Promise.all(['content-encoder', 'attribute-encoder', 'generator'].map(runs));
    const fresh = await style([9, 99, 199]);
    await several({ outputs: '6' }, { styles: [fresh] });
    await several({ outputs: '2' }, { styles: [fresh] });
    const after = await Promise.all(['content-encoder', 'attribute-encoder', 'generator'].map(runs));
    expect(after.map((count, index) => count - (before[index] as number))).toEqual([2, 1, 8]);
    expect(await metric(/unpaired_style_codes_total\{model="many",outcome="hit"\} (\d+)/)).toBeGreaterThan(0);
    expect(await metric(/unpaired_outputs_bucket\{le="8",model="many"\} (\d+)/)).toBeGreaterThan(0);
  });

  it.each([
    ['multipart/mixed', /^multipart\/mixed; boundary=/],
    ['application/zip', /^application\/zip/],
    ['image/webp', /^image\/webp/],
    ['*/*', /^image\/png/],
  ])('go out as %s', async (accept, type) => {
    const answer = await post({ outputs: '3', seed: '1' }, { headers: { accept } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch(type);
    expect(answer.headers).toMatchObject({ 'unpaired-model': 'many', 'unpaired-model-version': '1' });
  });

  it('can be a job, whose stream says how far it is', async () => {
    const accepted = await post(
      { outputs: '4', seed: '2' },
      { headers: { prefer: 'respond-async', accept: 'application/json' } },
    );
    expect(accepted.statusCode).toBe(202);
    const path = String(accepted.headers.location);
    await service.app.inject({ url: path, headers: { prefer: 'wait=10' } });
    const result = await service.app.inject({ url: `${path}/result` });
    expect(imagesOf(result.json().pictures)).toEqual(imagesOf(await several({ outputs: '4', seed: '2' })));
    const { body } = await post({ outputs: '4' }, { headers: { accept: 'text/event-stream' } });
    expect(body.match(/event: progress/g)).toHaveLength(4);
    expect(body).toContain('"state":"done"');
  });
});

it('the same seed gives the same pixels, whatever else is in the batch', async () => {
  const requests = await Promise.all(
    Array.from({ length: 12 }, async (_, client) => ({
      fields: { outputs: String(2 + (client % 4)), seed: String(client) },
      image: await encode(noise(100 + client, client % 3 === 0 ? 32 : 16), { format: 'png' }),
    })),
  );
  const send = async ({ fields, image }: (typeof requests)[number]) =>
    imagesOf(await several(fields, { image }));
  const alone: string[][] = [];
  for (const request of requests) alone.push(await send(request));
  const items = await runs('generator');
  const batches = () => metric(/unpaired_batch_items_count\{network="many\/1\/generator"\} (\d+)/);
  const before = await batches();
  for (let round = 0; round < 3; round++) expect(await Promise.all(requests.map(send))).toEqual(alone);
  // Items of several requests, and of one, really shared runs.
  const shared = (await runs('generator')) - items;
  expect((await batches()) - before).toBeLessThan(shared / 1.5);
});

it('a style picture moves the colours of the output to its own', async () => {
  const meansOf = (pixels: Pixels) =>
    [0, 1, 2].map((channel) => {
      const values = pixels.data.filter((_, index) => index % 3 === channel);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    });
  // Of this model, a code is a mean colour.
  const meansLike = async (colour: Colour) => {
    const answer = await post({}, { model: 'coloured', styles: [await style(colour)] });
    return meansOf(await decode(answer.rawPayload));
  };
  for (const colour of [
    [170, 100, 100],
    [100, 100, 170],
  ] as const) {
    const means = await meansLike(colour);
    for (const [index, mean] of means.entries())
      expect(Math.abs(mean - (colour[index] ?? 0))).toBeLessThan(25);
  }
});

it('GET /models tells what can be asked of it', async () => {
  const { models } = (await service.app.inject({ url: '/models' })).json();
  expect(models).toMatchObject([
    { name: 'coloured', capabilities: { outputs: 16, styles: 8, attributeCodeSize: 3 } },
    {
      name: 'many',
      capabilities: {
        requests: ['translate'],
        domains: ['dark'],
        outputs: 16,
        styles: 8,
        attributeCodeSize: tinyCodeSize,
      },
    },
  ]);
});

it('batches of each network have the limit of the model', () => {
  const { maxBatch } = service.catalog.find('many').translator;
  expect(['content-encoder', 'attribute-encoder', 'generator'].map((network) => maxBatch(network))).toEqual([
    4, 4, 4,
  ]);
});

it('a lane that is killed meanwhile costs no picture', async () => {
  const expected = imagesOf(await several({ outputs: '16', seed: '8' }));
  const made = Promise.all(Array.from({ length: 6 }, () => several({ outputs: '16', seed: '8' })));
  process.kill(service.lanes.lanes[0]?.pid as number, 'SIGKILL');
  for (const each of await made) expect(imagesOf(each)).toEqual(expected);
});
