import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureOf, type Sending, startPaintingService, stylePicture } from '../testing/painting-service.ts';

/** What cannot be painted is refused by the name of the field, and nothing is run for it. */

let service: Awaited<ReturnType<typeof startPaintingService>>;
let image: Uint8Array;
let style: Uint8Array;
beforeAll(async () => {
  service = await startPaintingService({ QUEUE_LIMIT: '20' });
  image = await pictureOf(new Array(4).fill([1, 2, 3, 4]));
  style = await stylePicture([0, 9, 9]);
});
afterAll(() => service?.close());

/** Runs of any network; warm-ups are not counted. */
async function runs(): Promise<string[]> {
  const { body } = await service.app.inject({ url: '/metrics' });
  return (body as string).split('\n').filter((line) => line.startsWith('unpaired_runs_total'));
}

type Fields = Readonly<Record<string, string>>;

async function refusal(action: string, fields: Fields, sending: Sending = {}): Promise<string[]> {
  const before = await runs();
  const answer = await service.post(action, fields, sending);
  expect(answer.statusCode, answer.body).toBe(422);
  expect(await runs()).toEqual(before);
  const { errors = [] } = answer.json() as { errors: { location: string; field: string; message: string }[] };
  return errors.map(({ location, field, message }) => `${location} ${field}: ${message}`);
}

const two = '[[0, 0], [1, 1]]';

describe('generate', () => {
  it.each<[string, Fields, string]>([
    ['a temperature of 0', { temperature: '0' }, 'form temperature: a number above 0, at most 100'],
    ['a negative temperature', { temperature: '-1' }, 'form temperature: a number above 0'],
    ['a temperature that is none', { temperature: 'NaN' }, 'form temperature: a number above 0'],
    ['a temperature above 100', { temperature: '101' }, 'form temperature: a number above 0'],
    ['no codes at all', { top_k: '0' }, 'form top_k: a whole number from 1'],
    ['more codes than there are', { top_k: '9' }, 'form top_k: is 9; the codebook of this model has 8 codes'],
    ['half a code', { top_k: '1.5' }, 'form top_k: a whole number'],
    ['no probability', { top_p: '0' }, 'form top_p: a number above 0, at most 1'],
    ['a probability above 1', { top_p: '2' }, 'form top_p: a number above 0, at most 1'],
    ['no width', { width: '0' }, 'form width: a whole number from 1 to 4096'],
    [
      'a width below the window',
      { width: '3' },
      'form width: is 3 codes; this model makes pictures of at least 4',
    ],
    ['a height below the window', { height: '1' }, 'form height: is 1 codes'],
    [
      'a width of two windows',
      { width: '8' },
      'form width: is 8 codes; this model makes pictures of fewer than 8',
    ],
    ['a huge width', { width: '1000000' }, 'form width: a whole number from 1 to 4096'],
    [
      'a domain that is none',
      { to: 'grey' },
      'form to: the model has no domain "grey"; its domains are light and dark',
    ],
    [
      'a code of another length',
      { attribute: '[1]' },
      'form attribute: has 1 numbers; a code of this model has 2',
    ],
    ['fewer outputs than styles', { attribute: two, outputs: '1' }, 'form outputs: is 1, and there are 2'],
    ['a seed that is none', { seed: '-1' }, 'form seed: a whole number from 0'],
    ['fields of other requests', { left: '8' }, 'form left: is not a field of this request'],
    ['interpolation', { interpolate: '2' }, 'form interpolate: is not a field of this request'],
  ])('refuses %s', async (_what, fields, message) => {
    expect((await refusal('generate', fields))[0]).toContain(message);
  });

  it('refuses more pixels than the model makes', async () => {
    const [message] = await refusal('generate', { width: '4096', height: '100' }, { model: 'long' });
    expect(message).toContain(
      'form width: the picture would have 16384x400 pixels; this model makes at most 1048576',
    );
  });

  it('refuses a picture, in a form or as the body', async () => {
    expect((await refusal('generate', {}, { image }))[0]).toContain('form image: is not a field');
    const answer = await service.app.inject({
      method: 'POST',
      url: '/generate/both',
      headers: { 'content-type': 'image/png' },
      payload: Buffer.from(image),
    });
    expect(answer.json()).toMatchObject({ status: 422, code: 'REQUEST_INVALID' });
  });

  it('names a field of the query where it is', async () => {
    expect((await refusal('generate', {}, { query: '?top_k=9' }))[0]).toMatch(/^query top_k: /);
  });

  it('refuses a body of another kind, and a form that is none', async () => {
    const post = (contentType: string) =>
      service.app.inject({
        method: 'POST',
        url: '/generate/both',
        headers: { 'content-type': contentType },
        payload: '{}',
      });
    expect((await post('application/json')).json()).toMatchObject({ status: 415 });
    expect((await post('multipart/form-data; boundary=x')).json()).toMatchObject({ status: 400 });
  });

  it('refuses more pictures than have places in the queue, for now', async () => {
    const answers = await Promise.all([1, 2].map(() => service.post('generate', { outputs: '16' })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 429]);
  });
});

describe('extend', () => {
  it.each<[string, Fields, string]>([
    ['nothing to add', {}, 'query right: left or right says how many pixels are added'],
    ['twice nothing', { left: '0', right: '0' }, 'form left: left or right says'],
    ['10,000 pixels', { right: '10000' }, 'form right: '],
    ['a million pixels', { left: '1000000' }, 'form left: a whole number from 0 to 65536'],
    ['a negative side', { left: '-8' }, 'form left: a whole number from 0'],
    ['half a pixel', { right: '1.5' }, 'form right: a whole number from 0'],
    ['a domain that is none', { right: '8', from: 'grey' }, 'form from: the model has no domain "grey"'],
    ['parts of a completion', { right: '8', given: 'top-left' }, 'form given: is not a field'],
    ['more than the prior draws', { right: '20' }, 'form right: a map of 4 x 9 codes reaches a whole window'],
  ])('refuses %s', async (_what, fields, message) => {
    expect((await refusal('extend', fields, { image }))[0]).toContain(message);
  });

  it('refuses more pixels than the model makes, before it reads the picture', async () => {
    const [message] = await refusal('extend', { left: '65536', right: '8' }, { image, model: 'long' });
    expect(message).toContain(
      'form left: the picture would have 65560x16 pixels; this model makes at most 1048576',
    );
    const wide = await pictureOf([new Array(64).fill(3)]);
    const [shape] = await refusal('extend', { right: '4' }, { image: wide });
    expect(shape).toContain('form right: a map of 4 x');
  });

  it('refuses more codes than the service makes up, which 10,000 pixels have', async () => {
    const [message] = await refusal('extend', { left: '10', right: '10000' }, { image, model: 'long' });
    expect(message).toContain(
      'form right: 10012 codes would be made up for a picture; this service makes up at most 4096',
    );
    const [generated] = await refusal('generate', { width: '65', height: '64' }, { model: 'long' });
    expect(generated).toContain('form width: 4160 codes would be made up');
  });

  it('refuses a request without a picture, and one whose picture is none', async () => {
    expect((await refusal('extend', { right: '8' }))[0]).toContain('form image: the picture is missing');
    const broken = await service.post('extend', { right: '8' }, { image: new Uint8Array(100) });
    expect(broken.json()).toMatchObject({ status: 415, code: 'IMAGE_FORMAT_UNSUPPORTED' });
  });
});

describe('complete', () => {
  const rows = (height: number, width: number, value: unknown = 1) =>
    JSON.stringify(Array.from({ length: height }, () => new Array(width).fill(value)));

  it.each<[string, Fields, string]>([
    ['neither part nor mask', {}, 'query given: what is kept is said by given (top-left'],
    ['both', { given: 'top-left', mask: rows(4, 4) }, 'form mask: what is kept is said by given'],
    ['a part that is none', { given: 'middle' }, 'form given: one of top-left, left-half, top-half'],
    ['a mask of too few rows', { mask: rows(3, 4) }, 'form mask: is 3 x 4; the picture has 4 x 4 codes'],
    ['a mask of too many columns', { mask: rows(4, 5) }, 'form mask: is 4 x 5; the picture has 4 x 4 codes'],
    ['a mask with a ragged edge', { mask: '[[1,0],[1]]' }, 'form mask: must be JSON: rows of equal length'],
    ['a mask of other numbers', { mask: rows(4, 4, 2) }, 'form mask: must be JSON'],
    ['a mask that is no JSON', { mask: 'all' }, 'form mask: must be JSON'],
    ['an empty mask', { mask: '[]' }, 'form mask: must be JSON'],
  ])('refuses %s', async (_what, fields, message) => {
    expect((await refusal('complete', fields, { image }))[0]).toContain(message);
  });
});

describe('transition', () => {
  it.each<[string, Fields, string]>([
    ['no styles', {}, 'query style: a transition goes through two or more style pictures and codes, got 0'],
    ['one style', { attribute: '[0, 0]' }, 'style: a transition goes through two or more'],
    [
      'strips that do not divide',
      { attribute: two, strips: '3' },
      'form strips: 3 strips of a picture of 4 codes, through 2 styles; possible are 2',
    ],
    [
      'fewer strips than styles',
      { attribute: '[[0,0],[1,1],[0,1]]', strips: '2' },
      'form strips: 2 strips of a picture of 4 codes, through 3 styles',
    ],
    ['strips of one code', { attribute: two, strips: '4' }, 'form strips: 4 strips of a picture of 4 codes'],
    ['more styles than strips', { attribute: '[[0,0],[1,1],[0,1]]' }, 'possible are none'],
    ['one strip', { attribute: two, strips: '1' }, 'form strips: a whole number from 2'],
    [
      'a seed for a picture',
      { attribute: two, seed: '1' },
      'form seed: says how codes are drawn, and here none is',
    ],
    [
      'a temperature for a picture',
      { attribute: two, temperature: '1' },
      'form temperature: says how codes are drawn',
    ],
    ['a width for a picture', { attribute: two, width: '8' }, 'form width: is that of the picture'],
    ['the same picture twice', { attribute: two, outputs: '2' }, 'form outputs: would all be the same'],
  ])('refuses %s', async (_what, fields, message) => {
    expect((await refusal('transition', fields, { image }))[0]).toContain(message);
  });

  it('refuses a size, or a width that is no multiple, where content is made up', async () => {
    expect((await refusal('transition', { attribute: two, size: 'model' }))[0]).toMatch(
      /^form size: is that of/,
    );
    expect((await refusal('transition', { attribute: two, width: '6', strips: '4' }))[0]).toContain(
      'strips: 4 strips of a picture of 6 codes, through 2 styles; possible are 2, 3',
    );
  });
});

describe('a style that is no picture', () => {
  it.each<[string, Fields, boolean]>([
    ['translate', {}, true],
    ['generate', {}, false],
    ['extend', { right: '8' }, true],
    ['complete', { given: 'top-left' }, true],
    ['transition', {}, true],
    ['transition', {}, false],
  ])('is refused by %s %j, of a picture %j', async (action, fields, ofPicture) => {
    const sending = { styles: [style, new Uint8Array(100)], ...(ofPicture && { image }) };
    expect((await refusal(action, fields, sending))[0]).toMatch(/^form style: picture 2: /);
  });
});

describe('models that cannot', () => {
  it.each([
    ['generate', 'imported', 'generate; it can translate, make transitions'],
    ['extend', 'imported', 'extend; it can translate, make transitions'],
    ['complete', 'copy', 'complete; it can translate'],
    ['transition', 'copy', 'make transitions; it can translate'],
  ])('%s of %s says what they can', async (action, model, can) => {
    const answer = await service.post(action, {}, { image, model });
    expect(answer.json()).toMatchObject({
      status: 422,
      code: 'REQUEST_UNSUPPORTED',
      detail: `model "${model}" cannot be asked to ${can}`,
    });
  });

  it('make no content up without a prior, and sample no styles without a distribution', async () => {
    const imported = { model: 'imported' };
    expect((await refusal('transition', { attribute: two }, imported))[0]).toContain(
      'image: is missing, and this model cannot make pictures up',
    );
    expect(
      (await refusal('transition', { attribute: two, attribute_scale: '2' }, { ...imported, image }))[0],
    ).toContain('attribute_scale: scales about the mean of all styles, which this model does not know');
  });

  it('are not known', async () => {
    const answer = await service.post('generate', {}, { model: 'nobody' });
    expect(answer.json()).toMatchObject({ status: 404, code: 'MODEL_UNKNOWN' });
  });
});
