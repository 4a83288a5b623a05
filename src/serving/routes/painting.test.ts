import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Painted,
  pictureOf,
  readPainted,
  type Sending,
  startPaintingService,
  stylePicture,
} from '../testing/painting-service.ts';

/** What models of codes can do beside translating, on a real lane: painted pictures show their codes and styles. */

let service: Awaited<ReturnType<typeof startPaintingService>>;
let image: Uint8Array;
beforeAll(async () => {
  service = await startPaintingService();
  image = await pictureOf(given);
});
afterAll(() => service?.close());

const given = [
  [0, 0, 4, 4],
  [0, 1, 4, 5],
  [2, 2, 6, 6],
  [2, 3, 6, 7],
];
/** The likeliest code alone: with the tiny prior, the one after the code before it. */
const likeliest = { top_k: '1' };
const attribute = '[0.2, 1]';
/** Green and blue of this code in either domain. */
const painted = { light: [51, 127], dark: [51, 255] } as const;
const everywhere = (look: readonly [number, number], width = 4) => new Array(width).fill(look);

async function paint(
  action: string,
  fields: Readonly<Record<string, string>>,
  sending?: Sending,
): Promise<Painted> {
  const answer = await service.post(action, fields, sending);
  expect(answer.statusCode, answer.body).toBe(200);
  return readPainted(answer.rawPayload);
}

interface Made {
  readonly image: string;
  readonly attribute: readonly number[];
  readonly seed: number;
  readonly label: string;
}

async function several(action: string, fields: Readonly<Record<string, string>>, sending: Sending = {}) {
  const answer = await service.post(action, fields, { ...sending, headers: { accept: 'application/json' } });
  expect(answer.statusCode, answer.body).toBe(200);
  const { pictures } = answer.json() as { pictures: readonly Made[] };
  const read = ({ image: url }: Made) => readPainted(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
  return { pictures, painted: await Promise.all(pictures.map(read)) };
}

/** Codes that each follow the one before them. */
const follows = (codes: readonly number[]) =>
  codes.slice(1).every((code, index) => code === ((codes[index] as number) + 1) % 8);

describe('generate', () => {
  it('makes a picture up from nothing, as large as the window of the prior', async () => {
    const answer = await service.app.inject({ method: 'POST', url: '/generate/both' });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'image/png', 'unpaired-model': 'both' });
    const { size, codes } = await readPainted(answer.rawPayload);
    expect(size).toEqual([16, 16]);
    expect(new Set(codes.flat()).size).toBeGreaterThan(2);
  });

  it('has the size, the domain, the style and the filters that are asked for', async () => {
    const wide = await paint('generate', { ...likeliest, width: '7', height: '5', attribute });
    expect(wide.size).toEqual([28, 20]);
    expect(wide.looks).toEqual(everywhere(painted.dark, 7));
    expect(follows(wide.codes[0] ?? [])).toBe(true);
    expect((await paint('generate', { to: 'light', attribute })).looks).toEqual(everywhere(painted.light));
    const styles = [await stylePicture([0, 0, 255])];
    expect((await paint('generate', {}, { styles })).looks).toEqual(everywhere([255, 128]));
    expect((await paint('generate', { temperature: '0.001' })).codes).toEqual(
      (await paint('generate', likeliest)).codes,
    );
    expect((await paint('generate', { top_p: '0.001' })).codes).toEqual(
      (await paint('generate', likeliest)).codes,
    );
  });

  it('is the same for the same seed, which the answer tells', async () => {
    const answer = await service.post('generate');
    const [seed, code] = [answer.headers['unpaired-seed'], answer.headers['unpaired-attribute']].map(String);
    const again = await service.post('generate', { seed: seed as string });
    expect(again.rawPayload.equals(answer.rawPayload)).toBe(true);
    const styled = await service.post('generate', { seed: seed as string, attribute: code as string });
    expect(styled.rawPayload.equals(answer.rawPayload)).toBe(true);
    const other = await paint('generate', { seed: '123456' });
    expect(other.codes).not.toEqual((await readPainted(answer.rawPayload)).codes);
  });

  it('makes several, each with codes and a style of its own, that do not depend on how many there are', async () => {
    const { pictures, painted: made } = await several('generate', { seed: '7', outputs: '4' });
    expect(new Set(made.map(({ codes }) => codes.flat().join())).size).toBe(4);
    expect(new Set(pictures.map(({ attribute: code }) => code.join())).size).toBe(4);
    expect(pictures.map(({ seed, label }) => [seed, label])).toEqual(
      [1, 2, 3, 4].map((place) => [7, `sample ${place} of seed 7`]),
    );
    const two = await several('generate', { seed: '7', outputs: '2' });
    expect(two.painted).toEqual(made.slice(0, 2));
    expect(await paint('generate', { seed: '7' })).toEqual(made[0]);
  });

  it('takes given styles in turn', async () => {
    const codes = '[[0, 0], [1, 1]]';
    const { pictures } = await several('generate', { attribute: codes, outputs: '3' });
    expect(pictures.map(({ attribute: code }) => code)).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
    expect((await several('generate', { attribute: codes })).pictures).toHaveLength(2);
    const mean = await several('generate', { outputs: '2', attribute_scale: '0' });
    expect(mean.pictures.map(({ attribute: code }) => code)).toEqual(new Array(2).fill([0.5, 0.5]));
  });

  it('of one version is found under its path', async () => {
    const answer = await service.app.inject({
      method: 'POST',
      url: '/generate/both/versions/1?seed=7&format=webp',
    });
    expect(answer.headers).toMatchObject({ 'content-type': 'image/webp', 'unpaired-model-version': '1' });
  });
});

describe('extend', () => {
  it('adds columns at either side, in the own style of the picture', async () => {
    const right = await paint('extend', { ...likeliest, right: '8' }, { image });
    expect(right.size).toEqual([24, 16]);
    expect(right.codes.map((row) => row.slice(0, 4))).toEqual(given);
    // Each drawn code follows the one to its left, and the first its neighbour in the picture.
    expect(right.codes.every((row) => follows(row.slice(3)))).toBe(true);
    // The picture is of code colours without green and blue: in `light`, that is style 0, 0.
    expect(right.looks).toEqual(everywhere([0, 0], 6));
    const left = await paint('extend', { ...likeliest, left: '8' }, { image });
    expect(left.codes.map((row) => row.slice(2))).toEqual(given);
    expect(left.codes.every((row) => follows(row.slice(0, 3).toReversed()))).toBe(true);
    const both = await paint('extend', { ...likeliest, left: '8', right: '8' }, { image });
    expect(both.codes).toEqual(
      right.codes.map((row, index) => [...(left.codes[index] ?? []).slice(0, 2), ...row]),
    );
  });

  it('draws a side as it does without the other, and as the seed says', async () => {
    const right = await paint('extend', { right: '8', seed: '3' }, { image });
    const both = await paint('extend', { left: '4', right: '8', seed: '3' }, { image });
    expect(both.codes.map((row) => row.slice(1))).toEqual(right.codes);
    expect(await paint('extend', { right: '8', seed: '4' }, { image })).not.toEqual(right);
  });

  it('cuts at the outer edges to the pixels that were asked for', async () => {
    const { size } = await paint('extend', { left: '3', right: '6' }, { image });
    expect(size).toEqual([25, 16]);
    const answer = await service.post('extend', { left: '3' }, { image });
    // One column of new codes, of which the three pixels next to the picture are left.
    expect((await readPainted(answer.rawPayload)).size).toEqual([19, 16]);
  });

  it('goes over into the other domain, in a given or a sampled style', async () => {
    const fields = { ...likeliest, right: '4', to: 'dark' };
    expect((await paint('extend', { ...fields, attribute }, { image })).looks).toEqual(
      everywhere(painted.dark, 5),
    );
    const sampled = await service.post('extend', { ...fields, seed: '1' }, { image });
    const generated = await service.post('generate', { seed: '1' });
    expect(sampled.headers['unpaired-attribute']).toBe(generated.headers['unpaired-attribute']);
    const own = await paint('extend', { ...likeliest, right: '4', from: 'dark' }, { image });
    expect(own.looks).toEqual(everywhere([0, 128], 5));
  });

  it('takes a picture of any shape, at the size that the prior needs', async () => {
    const wide = await pictureOf([[1, 2, 3, 4, 5, 6]]);
    const { size } = await paint('extend', { right: '16', size: 'original' }, { image: wide, model: 'long' });
    expect(size).toEqual([96 + 16, 16]);
  });

  it('takes the picture as the body itself', async () => {
    const answer = await service.app.inject({
      method: 'POST',
      url: '/extend/both?right=4',
      headers: { 'content-type': 'image/png' },
      payload: Buffer.from(image),
    });
    expect((await readPainted(answer.rawPayload)).size).toEqual([20, 16]);
  });
});

describe('complete', () => {
  it.each([
    [
      'top-left',
      [
        [0, 0],
        [0, 1],
      ],
    ],
    [
      'left-half',
      [
        [0, 0],
        [0, 1],
        [2, 2],
        [2, 3],
      ],
    ],
    [
      'top-half',
      [
        [0, 0, 4, 4],
        [0, 1, 4, 5],
      ],
    ],
  ])('keeps the %s and makes up the rest', async (part, kept) => {
    const { codes, looks } = await paint('complete', { given: part }, { image });
    expect(codes.slice(0, kept.length).map((row) => row.slice(0, kept[0]?.length))).toEqual(kept);
    expect(codes).not.toEqual(given);
    expect(looks).toEqual(everywhere([0, 0]));
  });

  it('keeps what a mask marks', async () => {
    const mask = [
      [1, 0, 1, 1],
      [1, 1, 1, 1],
      [1, 1, 1, 0],
      [1, 1, 1, 1],
    ];
    const { codes } = await paint('complete', { ...likeliest, mask: JSON.stringify(mask) }, { image });
    const expected = given.map((row) => [...row]);
    (expected[0] as number[])[1] = 1;
    (expected[2] as number[])[3] = 7;
    expect(codes).toEqual(expected);
  });

  it('draws nothing where everything is given, and everything where nothing is', async () => {
    const all = (value: number) => JSON.stringify(given.map((row) => row.map(() => value)));
    expect((await paint('complete', { mask: all(1) }, { image })).codes).toEqual(given);
    const none = await paint('complete', { ...likeliest, mask: all(0) }, { image });
    expect(none.codes).toEqual((await paint('generate', likeliest)).codes);
  });
});

describe('transition', () => {
  const ends = JSON.stringify([
    [0, 0],
    [1, 1],
  ]);

  it('leads from one style to another over the strips of a picture', async () => {
    const wide = given.map((row) => [...row, ...row]);
    const picture = await pictureOf(wide);
    const fields = { attribute: ends, to: 'light', size: 'original' };
    const { codes, looks } = await paint('transition', fields, { image: picture });
    expect(codes).toEqual(wide);
    const along = [
      [0, 0],
      [85, 42],
      [170, 85],
      [255, 127],
    ];
    expect(looks).toEqual(along.flatMap((look) => [look, look]));
    const two = await paint('transition', { ...fields, strips: '2' }, { image: picture });
    expect(two.looks.map(([green]) => green)).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
  });

  it('goes through style pictures in their order', async () => {
    const styles = await Promise.all(
      [
        [0, 0, 0],
        [0, 0, 255],
        [0, 255, 0],
      ].map((each) => stylePicture(each as [number, number, number])),
    );
    const { looks } = await paint('transition', { width: '6', strips: '3' }, { styles });
    expect(looks.filter((_, index) => index % 2 === 0)).toEqual([
      [0, 128],
      [255, 128],
      [0, 255],
    ]);
  });

  it('is of made-up content without a picture, as wide as is asked for', async () => {
    const fields = { attribute: ends, seed: '7' };
    const { codes } = await paint('transition', { ...fields, width: '6' });
    expect(codes).toEqual((await paint('generate', { seed: '7', width: '6' })).codes);
    const { painted: made } = await several('transition', { ...fields, outputs: '2' });
    expect(made[0]?.looks).toEqual(made[1]?.looks);
    expect(made[0]?.codes).not.toEqual(made[1]?.codes);
  });

  it('needs no prior for a picture', async () => {
    const { codes } = await paint('transition', { attribute: ends }, { image, model: 'imported' });
    expect(codes).toEqual(given);
  });
});

it('what is drawn is counted and timed', async () => {
  const codes = () => service.metric(/unpaired_codes_drawn_total\{model="both"\} (\d+)/);
  const before = await codes();
  await paint('generate', { outputs: '2', width: '5' });
  expect((await codes()) - before).toBe(40);
  expect(
    await service.metric(/unpaired_drawing_duration_seconds_count\{model="both"\} (\d+)/),
  ).toBeGreaterThan(0);
});

it('/docs says which of them take a picture', async () => {
  const { paths } = (await service.app.inject({ url: '/docs/json' })).json();
  const bodies = ['generate', 'extend', 'complete', 'transition'].map((action) =>
    Object.keys(paths[`/${action}/{model}`].post.requestBody.content),
  );
  const both = ['multipart/form-data', 'image/*'];
  expect(bodies).toEqual([['multipart/form-data'], both, both, both]);
});
