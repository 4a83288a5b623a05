import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankPixels, type Colour, decode, encode } from '../../image/index.ts';
import { LanePool } from '../../runtime/index.ts';
import { type FormPart, form, startHarness } from '../testing/harness.ts';
import { writeExemplarGuidedPackage } from '../testing/model-package.ts';
import { writeVectorQuantizedPackage } from '../testing/vector-quantized-package.ts';

/** Models of codes from a codebook, which translate into either domain, on real lanes. */

let service: Awaited<ReturnType<typeof startHarness<LanePool>>>;
let picture: Uint8Array;

beforeAll(async () => {
  service = await startHarness<LanePool>({
    lanes: await LanePool.start({ lanes: 2, threadsPerLane: 1, provider: 'cpu' }),
    environment: { MAX_BATCH: '3' },
    models: async (root) => {
      await writeVectorQuantizedPackage(root, { name: 'both' });
      await writeVectorQuantizedPackage(root, { name: 'imported', prior: false, styles: false });
      await writeExemplarGuidedPackage(root, { name: 'one-way' });
    },
  });
  picture = await png([70, 0, 0]);
});
afterAll(() => service?.close());

const png = (colour: Colour, width = 16) =>
  encode(blankPixels({ width, height: 16 }, colour), { format: 'png' });
const file = (name: string, content: Uint8Array): FormPart => ({
  name,
  content,
  filename: 'a.png',
  type: 'image/png',
});

interface Sending {
  readonly styles?: readonly Uint8Array[];
  readonly image?: Uint8Array;
  readonly model?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function post(fields: Readonly<Record<string, string>>, sending: Sending = {}) {
  const { styles = [], image = picture, model = 'both', query = '', headers = {} } = sending;
  const { payload, headers: own } = form([
    file('image', image),
    ...styles.map((each) => file('style', each)),
    ...Object.entries(fields).map(([name, content]) => ({ name, content })),
  ]);
  return service.app.inject({
    method: 'POST',
    url: `/translate/${model}${query}`,
    headers: { ...own, ...headers },
    payload,
  });
}

/** The colour of a picture that has one. */
async function colour(fields: Readonly<Record<string, string>>, sending?: Sending): Promise<number[]> {
  const answer = await post(fields, sending);
  expect(answer.statusCode, answer.body).toBe(200);
  const { data } = await decode(answer.rawPayload);
  expect(data).toEqual(blankPixels({ width: 16, height: 16 }, [data[0], data[1], data[2]] as Colour).data);
  return [...data.subarray(0, 3)];
}

async function faults(fields: Readonly<Record<string, string>>, sending?: Sending): Promise<string[]> {
  const answer = await post(fields, sending);
  expect(answer.statusCode, answer.body).toBe(422);
  const { errors } = answer.json() as { errors: { location: string; field: string; message: string }[] };
  return errors.map(({ location, field, message }) => `${location} ${field}: ${message}`);
}

/** A picture of code 2, whose squares are painted with red 80. */
describe('a picture', () => {
  it('is translated into the target domain, or into the one that is named', async () => {
    const attribute = '[0.2, 1]';
    expect(await colour({ attribute })).toEqual([80, 51, 255]);
    expect(await colour({ attribute, to: 'dark' })).toEqual([80, 51, 255]);
    expect(await colour({ attribute, to: 'light' })).toEqual([80, 51, 127]);
    expect(await colour({ attribute }, { query: '?to=light' })).toEqual([80, 51, 127]);
    expect(await colour({ attribute, to: 'dark' }, { query: '?to=light' })).toEqual([80, 51, 255]);
  });

  it('takes its looks from style pictures of that domain, each read as pictures of that domain are', async () => {
    const styles = [await png([9, 255, 0])];
    expect(await colour({ to: 'light' }, { styles })).toEqual([80, 255, 0]);
    expect(await colour({ to: 'dark' }, { styles })).toEqual([80, 0, 255]);
    // The second time their codes are known.
    expect(await colour({ to: 'light' }, { styles })).toEqual([80, 255, 0]);
  });

  it('keeps its size where that is asked for', async () => {
    const answer = await post({ size: 'original', seed: '1' }, { image: await png([0, 0, 0], 24) });
    const { width, height } = await decode(answer.rawPayload);
    expect([width, height]).toEqual([24, 16]);
  });
});

describe('sampled styles', () => {
  it('are those of the seed, in either domain, whatever shares the run', async () => {
    const headers = { accept: 'application/json' };
    const several = async (to: string) => {
      const { pictures } = (await post({ to, seed: '5', outputs: '4' }, { headers })).json();
      return pictures as { image: string; attribute: number[]; seed: number }[];
    };
    const [dark, light] = await Promise.all([several('dark'), several('light')]);
    expect(new Set(dark.map(({ image }) => image)).size).toBe(4);
    expect(dark.map(({ attribute }) => attribute)).toEqual(light.map(({ attribute }) => attribute));
    expect(dark.map(({ image }) => image)).not.toEqual(light.map(({ image }) => image));
    expect(await several('dark')).toEqual(dark);
    const alone = await post({ to: 'dark', seed: '5' });
    const [first] = dark;
    expect(first?.image.endsWith(alone.rawPayload.toString('base64'))).toBe(true);
    const attribute = String(alone.headers['unpaired-attribute']);
    expect(JSON.parse(attribute)).toEqual(first?.attribute);
    expect((await post({ attribute })).rawPayload.equals(alone.rawPayload)).toBe(true);
  });

  it('lie about the mean of all, and are scaled about it', async () => {
    expect(await colour({ attribute_scale: '0', seed: '5' })).toEqual([80, 128, 192]);
    const far = await colour({ attribute_scale: '10', seed: '5' });
    expect(far).not.toEqual([80, 128, 192]);
  });

  it('are not to be had of a model that does not know how styles are distributed', async () => {
    const message = expect.stringMatching(
      /style: this model has no distribution of styles .*send a style picture/,
    );
    const imported = { model: 'imported' };
    expect(await faults({}, imported)).toEqual([message]);
    const styles = [await png([9, 255, 0])];
    expect(await faults({ outputs: '2' }, { ...imported, styles })).toEqual([message]);
    expect(await faults({ attribute_scale: '2' }, { ...imported, styles })).toEqual([
      expect.stringMatching(/^form attribute_scale: scales about the mean/),
    ]);
    expect(await colour({}, { ...imported, styles })).toEqual([80, 0, 255]);
    expect(await colour({ attribute: '[1, 0]' }, imported)).toEqual([80, 255, 128]);
  });
});

describe('a domain that there is not', () => {
  it('is refused with those that there are, where it was named', async () => {
    const refusal = 'to: this model translates into "light" or "dark", not into "grey"';
    expect(await faults({ to: 'grey' })).toEqual([`form ${refusal}`]);
    expect(await faults({}, { query: '?to=grey' })).toEqual([`query ${refusal}`]);
    expect(await faults({ to: '' })).toEqual([expect.stringMatching(/^form to: /)]);
  });

  it('is every other than the target, of a model of one direction', async () => {
    const oneWay = { model: 'one-way' };
    expect((await post({ to: 'dark', seed: '1' }, oneWay)).statusCode).toBe(200);
    expect(await faults({ to: 'light' }, oneWay)).toEqual([
      'form to: this model translates into "dark", not into "light"',
    ]);
  });
});

it('GET /models tells what can be asked of each', async () => {
  const { models } = (await service.app.inject({ url: '/models' })).json();
  const styled = { outputs: 16, styles: 8, attributeCodeSize: 2, domains: ['light', 'dark'] };
  expect(models).toMatchObject([
    {
      name: 'both',
      capabilities: { ...styled, requests: ['translate', 'generate', 'extend', 'complete', 'transition'] },
    },
    { name: 'imported', capabilities: { ...styled, requests: ['translate', 'transition'] } },
    { name: 'one-way', capabilities: { requests: ['translate'], domains: ['dark'] } },
  ]);
});

it('batches of pictures have the limit of the model, into either domain, and steps of maps have none', () => {
  const { maxBatch, into } = service.catalog.find('both').translator;
  expect(['content-encoder', 'decoder-target'].map((network) => maxBatch(network))).toEqual([3, 3]);
  expect(into?.get('light')?.maxBatch('decoder-source')).toBe(3);
  expect(maxBatch('prior')).toBe(Number.POSITIVE_INFINITY);
});

describe('the open inference protocol', () => {
  const values = (count: number, value: number) => new Array<number>(count).fill(value);

  it('names a picture and a style', async () => {
    const { inputs, outputs } = (await service.app.inject({ url: '/v2/models/both' })).json();
    expect(inputs).toEqual([
      { name: 'picture', datatype: 'UINT8', shape: [-1, -1, -1, 3] },
      { name: 'style', datatype: 'FP32', shape: [-1, 2] },
    ]);
    expect(outputs).toEqual([{ name: 'output', datatype: 'UINT8', shape: [-1, -1, -1, 3] }]);
  });

  it('paints each picture in its style, in the target domain', async () => {
    const pixels = 4 * 8;
    const answer = await service.app.inject({
      method: 'POST',
      url: '/v2/models/both/infer',
      payload: {
        inputs: [
          {
            name: 'picture',
            datatype: 'UINT8',
            shape: [2, 4, 8, 3],
            data: [...values(3 * pixels, 0), ...values(3 * pixels, 40)],
          },
          { name: 'style', datatype: 'FP32', shape: [2, 2], data: [0, 0, 1, 1] },
        ],
      },
    });
    expect(answer.statusCode, answer.body.slice(0, 300)).toBe(200);
    const [output] = answer.json().outputs;
    expect(output.shape).toEqual([2, 4, 8, 3]);
    expect(output.data.slice(0, 3)).toEqual([16, 0, 128]);
    expect(output.data.slice(-3)).toEqual([48, 255, 255]);
  });
});
