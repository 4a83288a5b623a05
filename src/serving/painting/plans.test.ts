import { describe, expect, it } from 'vitest';
import { codeMap } from '../../core/code-map/code-map.ts';
import { standardNormal } from '../guidance/code-distribution.ts';
import { GuidanceError } from '../guidance/plan.ts';
import type { AttributeSpace } from '../translators/translator.ts';
import { planCompletion } from './complete.ts';
import { blankMaps } from './composition.ts';
import { planExtension } from './extend.ts';
import { planGeneration } from './generate.ts';
import type { PaintingRules } from './rules.ts';
import { planTransition } from './transition.ts';

/** What requests come to before anything is run: 16 pixels a code, windows of 16 x 16, at most a megapixel. */

const attributes: AttributeSpace = {
  codeSize: 2,
  readerSha256: '',
  distribution: standardNormal(2),
  encode: async () => [],
};
const rules: PaintingRules = {
  codes: {
    pixelsPerCode: 16,
    codebookSize: 512,
    domains: ['summer', 'winter'],
    attributes: () => attributes,
    prior: {
      network: 'prior',
      sampling: { window: { height: 16, width: 16 }, coordinates: [], conditioning: 'whole' },
    },
  },
  image: { maximumPixels: 1024 * 1024 },
  mostPictures: 16,
};
const image = new Uint8Array(1);
const two = [
  [0, 0],
  [1, 1],
];

/** Field and message of what is refused. */
function refused(plan: () => unknown): string {
  try {
    plan();
  } catch (thrown) {
    if (thrown instanceof GuidanceError) return thrown.message;
    throw thrown;
  }
  return 'nothing';
}

describe('a generation', () => {
  it('has as many codes as the window, and the target domain, where nothing is said', () => {
    const { domain, given, drawing, compose } = planGeneration({}, rules);
    expect([domain, given, drawing?.filters]).toEqual([
      'winter',
      undefined,
      { temperature: 1, topK: 512, topP: 1 },
    ]);
    expect(compose(undefined)).toMatchObject({ width: 16, parts: [{ map: { height: 16 } }] });
    expect(planGeneration({ to: 'summer', seed: 3 }, rules)).toMatchObject({
      domain: 'summer',
      drawing: { seed: 3 },
    });
  });

  it('draws a seed of its own where none is given', () => {
    const seeds = Array.from({ length: 20 }, () => planGeneration({}, rules).drawing?.seed);
    expect(new Set(seeds).size).toBeGreaterThan(15);
  });

  it('may be as large as the model paints', () => {
    expect(planGeneration({ height: 16, width: 256 }, rules).compose(undefined).width).toBe(256);
    expect(refused(() => planGeneration({ height: 16, width: 257 }, rules))).toBe(
      'width: the picture would have 4112x256 pixels; this model makes at most 1048576 in all',
    );
    expect(refused(() => planGeneration({ height: 300 }, rules))).toMatch(/^height: the picture would/);
  });

  it('ends before two windows where the prior was published so', () => {
    const { window, coordinates } = { window: { height: 16, width: 16 }, coordinates: [] };
    const published = {
      ...rules,
      codes: { ...rules.codes, prior: { network: 'prior', sampling: { window, coordinates } } },
    };
    expect(planGeneration({ width: 31 }, published).compose(undefined).width).toBe(31);
    expect(refused(() => planGeneration({ width: 32 }, published))).toMatch(/fewer than 32$/);
  });
});

describe('an extension', () => {
  it('stays in the domain of the picture and in its style', () => {
    const plan = planExtension({ image, right: 20 }, rules);
    expect(plan).toMatchObject({ domain: 'summer', looks: { own: true }, given: { isMirrored: false } });
    expect(plan.compose(blankMaps({ height: 16, width: 16 }))).toMatchObject({
      width: 18,
      cut: { x: 0, width: 256 + 20 },
    });
    expect(planExtension({ image, left: 1, from: 'winter' }, rules)).toMatchObject({
      domain: 'winter',
      looks: { own: true },
      given: { isMirrored: true },
    });
  });

  it('has no own style in the other domain', () => {
    const plan = planExtension({ image, right: 16, to: 'winter' }, rules);
    expect(plan).toMatchObject({ domain: 'winter', looks: { own: false } });
    const from = planExtension({ image, right: 16, to: 'winter', from: 'winter' }, rules);
    expect(from.looks.own).toBe(true);
  });

  it('is refused by the longer side when it is too large', () => {
    const maps = blankMaps({ height: 16, width: 16 });
    const compose = (left: number, right: number) =>
      refused(() => planExtension({ image, left, right }, rules).compose(maps));
    expect(compose(0, 10_000)).toMatch(/^right: the picture would have 10256x256 pixels/);
    expect(compose(10_000, 16)).toMatch(/^left: /);
    expect(compose(1920, 1920)).toBe('nothing');
  });
});

describe('a completion', () => {
  const given = blankMaps({ height: 2, width: 3 });
  const knownOf = (wishes: Partial<Parameters<typeof planCompletion>[0]>) => [
    ...(planCompletion({ image, ...wishes }, rules).compose(given).parts[0]?.map.known ?? []),
  ];

  it('keeps a part, or what a mask marks', () => {
    expect(knownOf({ given: 'left-half' })).toEqual([1, 0, 0, 1, 0, 0]);
    const mask = [
      [0, 1, 1],
      [1, 0, 1],
    ];
    expect(knownOf({ mask })).toEqual(mask.flat());
  });

  it('says what size a mask has to have', () => {
    expect(refused(() => knownOf({ mask: [[1]] }))).toBe(
      'mask: is 1 x 1; the picture has 2 x 3 codes (rows x columns)',
    );
  });
});

describe('a transition', () => {
  const stripsOf = (width: number, wishes: object = {}) => {
    const plan = planTransition({ image, attribute: two, ...wishes }, rules);
    const composition = plan.compose({
      map: codeMap(1, width, new Array(width).fill(0)),
      mirrored: undefined,
    });
    return plan.looks.looks([], undefined, composition.width)[0]?.strips.length;
  };

  it.each([
    [16, 8],
    [24, 12],
    [32, 16],
    [9, 3],
    [38, 19],
    [12, 6],
    [4, 2],
  ])('of %i codes has %i strips', (width, strips) => {
    expect(stripsOf(width)).toBe(strips);
  });

  it('has a strip for each style at least', () => {
    const attribute = [...two, ...two];
    expect(stripsOf(38, { attribute })).toBe(19);
    expect(stripsOf(8, { attribute, strips: 4 })).toBe(4);
    expect(refused(() => stripsOf(17))).toMatch(/^strips: .*possible are none$/);
    expect(refused(() => stripsOf(6, { attribute }))).toMatch(/^strips: .*possible are none$/);
    expect(refused(() => stripsOf(12, { strips: 5 }))).toBe(
      'strips: 5 strips of a picture of 12 codes, through 2 styles; possible are 2, 3, 4, 6',
    );
  });

  it('draws only what is not sent', () => {
    expect(planTransition({ image, attribute: two }, rules).drawing).toBeUndefined();
    const made = planTransition({ attribute: two, width: 32, seed: 4 }, rules);
    expect(made).toMatchObject({ given: undefined, drawing: { seed: 4 } });
    expect(made.compose(undefined).width).toBe(32);
  });
});
