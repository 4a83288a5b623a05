import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankPixels, encode } from '../../image/index.ts';
import { LanePool } from '../../runtime/index.ts';
import { tinyModel } from '../../testing/tiny-model.ts';
import { type FormPart, form, startHarness } from '../testing/harness.ts';
import { writeExemplarGuidedPackage, writePackage } from '../testing/model-package.ts';

/** What cannot be asked of a model is refused by the name of the field, and nothing is run for it. */

const copy = tinyModel({
  inputs: [{ name: 'input', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  outputs: [{ name: 'output', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  nodes: [{ operator: 'Identity', inputs: ['input'], outputs: ['output'] }],
});

type Harness = Awaited<ReturnType<typeof startHarness<LanePool>>>;

let service: Harness;
let picture: Uint8Array;

beforeAll(async () => {
  service = await startHarness<LanePool>({
    lanes: await LanePool.start({ lanes: 1, threadsPerLane: 1, provider: 'cpu' }),
    environment: { MAX_UPLOAD_BYTES: '100000', MAX_PIXELS: '10000', QUEUE_LIMIT: '20' },
    models: async (root) => {
      await writeExemplarGuidedPackage(root, { name: 'many' });
      await writePackage(root, { name: 'one', onnx: copy });
    },
  });
  picture = await encode(blankPixels({ width: 16, height: 16 }, [10, 20, 30]), { format: 'png' });
});
afterAll(() => service?.close());

const file = (name: string, content: Uint8Array): FormPart => ({
  name,
  content,
  filename: 'a.png',
  type: 'image/png',
});
const field = (name: string, content: string): FormPart => ({ name, content });
const zeros = (count: number) => JSON.stringify(new Array(count).fill(0));

async function post(model: string, parts: readonly FormPart[], query = '') {
  const body = form([file('image', picture), ...parts]);
  return service.app.inject({
    method: 'POST',
    url: `/translate/${model}${query}`,
    headers: body.headers,
    payload: body.payload,
  });
}

/** Runs of any network; warm-ups are not counted. */
async function runs(): Promise<string[]> {
  const { body } = await service.app.inject({ url: '/metrics' });
  return (body as string).split('\n').filter((line) => line.startsWith('unpaired_runs_total'));
}

async function refusal(model: string, parts: readonly FormPart[], query = '') {
  const before = await runs();
  const answer = await post(model, parts, query);
  expect(answer.statusCode, answer.body.slice(0, 300)).toBe(422);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(await runs()).toEqual(before);
  const { code, errors } = answer.json() as {
    code: string;
    errors: { location: string; field: string; message: string }[];
  };
  expect(code).toBe('REQUEST_INVALID');
  return errors.map(({ location, field, message }) => `${location} ${field}: ${message}`);
}

describe('a model of many pictures refuses', () => {
  const cases: [what: string, parts: () => FormPart[], fault: RegExp][] = [
    ['17 outputs', () => [field('outputs', '17')], /^form outputs: a whole number from 1 to 16, got "17"$/],
    ['no outputs', () => [field('outputs', '0')], /^form outputs: /],
    ['half an output', () => [field('outputs', '1.5')], /^form outputs: /],
    ['outputs in words', () => [field('outputs', 'many')], /^form outputs: /],
    [
      'a seed beyond 32 bits',
      () => [field('seed', '4294967296')],
      /^form seed: a whole number from 0 to 4294967295, got "4294967296"$/,
    ],
    ['a negative seed', () => [field('seed', '-1')], /^form seed: /],
    ['a seed that is no number', () => [field('seed', 'luck')], /^form seed: /],
    ['an empty seed', () => [field('seed', '')], /^form seed: /],
    ['a code that is not JSON', () => [field('attribute', '[1, 2')], /^form attribute: must be JSON: /],
    ['NaN in a code', () => [field('attribute', '[NaN,0,0,0,0,0,0,0]')], /^form attribute: must be JSON: /],
    ['infinity in a code', () => [field('attribute', '[1e999,0,0,0,0,0,0,0]')], /^form attribute: must be/],
    ['text in a code', () => [field('attribute', '["1",0,0,0,0,0,0,0]')], /^form attribute: must be JSON: /],
    ['an object as a code', () => [field('attribute', '{"0":1}')], /^form attribute: must be JSON: /],
    ['no code at all', () => [field('attribute', '[]')], /^form attribute: must be JSON: /],
    ['seventeen codes', () => [field('attribute', `[${new Array(17).fill(zeros(8))}]`)], /^form attribute: /],
    [
      'a code of the wrong length',
      () => [field('attribute', zeros(7))],
      /^form attribute: has 7 numbers; a code of this model has 8$/,
    ],
    [
      'one of several codes of the wrong length',
      () => [field('attribute', `[${zeros(8)},${zeros(9)}]`)],
      /^form attribute: code 2 has 9 numbers; a code of this model has 8$/,
    ],
    ['a scale that is no number', () => [field('attribute_scale', 'NaN')], /^form attribute_scale: a number/],
    ['a negative scale', () => [field('attribute_scale', '-1')], /^form attribute_scale: /],
    ['a huge scale', () => [field('attribute_scale', '11')], /^form attribute_scale: /],
    ['steps from nowhere to nowhere', () => [field('interpolate', '4')], /^form interpolate: .*got 0$/],
    [
      'steps between three styles',
      () => [field('interpolate', '4'), ...[1, 2, 3].map(() => file('style', picture))],
      /^form interpolate: goes from one .* to another: two are needed, got 3$/,
    ],
    [
      'one step',
      () => [field('interpolate', '1')],
      /^form interpolate: a whole number from 2 to 16, got "1"$/,
    ],
    [
      'steps and outputs',
      () => [
        field('interpolate', '4'),
        field('outputs', '4'),
        field('attribute', `[${zeros(8)},${zeros(8)}]`),
      ],
      /^form outputs: says how many/,
    ],
    ['a way without steps', () => [field('interpolation', 'linear')], /^form interpolation: /],
    [
      'an unknown way',
      () => [field('interpolation', 'cubic')],
      /^form interpolation: one of spherical, linear, got "cubic"$/,
    ],
    [
      'fewer outputs than styles',
      () => [field('outputs', '1'), file('style', picture), file('style', picture)],
      /^form outputs: is 1, and there are 2/,
    ],
    [
      'a seed where nothing is sampled',
      () => [field('seed', '1'), file('style', picture)],
      /^form seed: samples codes, and here every picture has a given one/,
    ],
    [
      'more codes and styles than pictures may be',
      () => [
        field('attribute', `[${new Array(12).fill(zeros(8))}]`),
        ...new Array(5).fill(file('style', picture)),
      ],
      /^form attribute: 17 pictures; at most 16/,
    ],
    ['a style that is a text', () => [field('style', 'red')], /^form style: send style pictures as files/],
    [
      'a style that is a text and a file',
      () => [field('style', 'red'), file('style', picture)],
      /^form style: /,
    ],
    [
      'a style that is no picture',
      () => [file('style', Buffer.from('a text'))],
      /^form style: .*(?:format|picture)/,
    ],
    ['an empty style', () => [file('style', new Uint8Array())], /^form style: .*0 bytes/],
    [
      'a style that is cut off, by its place',
      () => [file('style', picture), file('style', picture.subarray(0, 60))],
      /^form style: picture 2: .*damaged/,
    ],
    ['nine styles', () => new Array(9).fill(file('style', picture)), /^form style: at most 8 style pictures/],
  ];

  it.each(cases)('%s', async (_what, parts, fault) => {
    const faults = await refusal('many', parts());
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('a style of too many pixels', async () => {
    const large = await encode(blankPixels({ width: 101, height: 100 }), { format: 'png' });
    expect((await refusal('many', [file('style', large)]))[0]).toMatch(/^form style: .*at most 10000 pixels/);
  });

  it('fields of the query, as such', async () => {
    expect((await refusal('many', [], '?outputs=17'))[0]).toMatch(/^query outputs: /);
    expect((await refusal('many', [], '?interpolate=3'))[0]).toMatch(/^query interpolate: /);
    expect((await refusal('many', [], '?style=red'))[0]).toMatch(/^query style: is not a field/);
  });

  it('more pictures than have places in the queue, for now', async () => {
    const answers = await Promise.all([1, 2].map(() => post('many', [field('outputs', '16')])));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 429]);
    const refused = answers.find(({ statusCode }) => statusCode === 429);
    expect(refused?.json()).toMatchObject({ code: 'OVERLOADED' });
  });

  it('bodies that are too large together', async () => {
    const styles = new Array(8).fill(file('style', new Uint8Array(30_000)));
    expect((await post('many', styles)).json()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  it('an Accept that holds neither pictures nor what holds them', async () => {
    const body = form([file('image', picture), field('outputs', '2')]);
    const answer = await service.app.inject({
      method: 'POST',
      url: '/translate/many',
      headers: { ...body.headers, accept: 'text/html' },
      payload: body.payload,
    });
    expect(answer.json()).toMatchObject({ status: 406, code: 'NOT_ACCEPTABLE' });
  });
});

describe('a model of one picture', () => {
  it.each<[string, () => FormPart]>([
    ['outputs', () => field('outputs', '4')],
    ['style', () => file('style', picture)],
    ['attribute', () => field('attribute', zeros(8))],
    ['attribute_scale', () => field('attribute_scale', '2')],
    ['interpolate', () => field('interpolate', '3')],
    ['seed', () => field('seed', '1')],
  ])('refuses %s, and says why', async (name, part) => {
    const faults = await refusal('one', [part()]);
    expect(faults).toEqual([
      expect.stringMatching(
        new RegExp(`^form ${name}: this model makes one picture of a picture: .*GET /models`),
      ),
    ]);
  });

  it('makes one output, and says that it can no more', async () => {
    const answer = await post('one', [field('outputs', '1')]);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).not.toHaveProperty('unpaired-seed');
    const { capabilities } = (await service.app.inject({ url: '/models/one' })).json();
    expect(capabilities).toEqual({ outputs: 1, styles: 0, requests: ['translate'], domains: ['dark'] });
  });
});
