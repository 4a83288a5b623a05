import { describe, expect, it } from 'vitest';
import { normal } from '../guidance/code-distribution.ts';
import { GuidanceError } from '../guidance/plan.ts';
import { type LookWishes, planLooks, planStrips } from './looks.ts';

const attributes = {
  codeSize: 2,
  distribution: normal(
    [10, 10],
    [
      [1, 0],
      [0, 1],
    ],
  ),
};
const unknown = { codeSize: 2, distribution: undefined };
const rules = { attributes, seed: 7, mostPictures: 16 };
const picture = new Uint8Array(1);

const fieldsAtFault = (plan: () => unknown) => {
  try {
    plan();
  } catch (thrown) {
    if (thrown instanceof GuidanceError) return thrown.faults.map(({ field }) => field);
    throw thrown;
  }
  return [];
};

describe('planLooks', () => {
  const looks = (wishes: LookWishes & { own?: boolean }, read: readonly number[][] = [], own?: number[]) =>
    planLooks({ own: false, ...wishes }, rules)
      .looks(read, own, 4)
      .map(({ strips, label }) => [strips, label]);

  it('takes codes and then styles, in turn', () => {
    expect(looks({ attribute: [[1, 2]], style: [picture], outputs: 3 }, [[5, 5]])).toEqual([
      [[[1, 2]], 'attribute code 1'],
      [[[5, 5]], 'style 1'],
      [[[1, 2]], 'attribute code 1'],
    ]);
  });

  it('takes the own style of a picture where nothing is given', () => {
    expect(planLooks({ own: true }, rules).own).toBe(true);
    expect(planLooks({ own: true, style: [picture] }, rules).own).toBe(false);
    expect(looks({ own: true, outputs: 2 }, [], [3, 3])).toEqual(new Array(2).fill([[[3, 3]], 'own style']));
  });

  it('samples where there is none, a style for each picture', () => {
    const sampled = looks({ outputs: 3 });
    expect(sampled.map(([, label]) => label)).toEqual([1, 2, 3].map((place) => `sample ${place} of seed 7`));
    expect(new Set(sampled.map(([strips]) => String(strips))).size).toBe(3);
    expect(looks({})).toEqual(sampled.slice(0, 1));
  });

  it('scales about the mean', () => {
    expect(looks({ attribute: [[14, 8]], attribute_scale: 0.5 })[0]?.[0]).toEqual([[12, 9]]);
  });

  it('names the field that cannot be followed', () => {
    const plan = (wishes: LookWishes & { own?: boolean }, more: object = {}) =>
      fieldsAtFault(() => planLooks({ own: false, ...wishes }, { ...rules, ...more }));
    expect(plan({ attribute: [[1]] })).toEqual(['attribute']);
    expect(plan({ style: [picture, picture], outputs: 1 })).toEqual(['outputs']);
    expect(plan({ outputs: 3 }, { mostPictures: 2 })).toEqual(['outputs']);
    expect(plan({ style: [picture, picture, picture] }, { mostPictures: 2 })).toEqual(['style']);
    expect(plan({}, { attributes: unknown })).toEqual(['style']);
    expect(plan({ own: true }, { attributes: unknown })).toEqual([]);
    expect(plan({ own: true, attribute_scale: 2 }, { attributes: unknown })).toEqual(['attribute_scale']);
  });
});

describe('planStrips', () => {
  const strips = { attributes, mostPictures: 16, stripsOf: (width: number) => width / 2 };

  it('leads through codes and styles, the same for every picture', () => {
    const plan = planStrips({ attribute: [[0, 0]], style: [picture], outputs: 2 }, strips);
    const [first, second] = plan.looks([[4, 8]], undefined, 10);
    expect(first?.strips).toEqual([
      [0, 0],
      [1, 2],
      [2, 4],
      [3, 6],
      [4, 8],
    ]);
    expect(second).toBe(first);
    expect([plan.pictures, first?.label]).toEqual([2, '5 strips through 2 styles']);
  });

  it('turns from one direction into the other, as seen from the mean, where that is asked for', () => {
    const codes = [
      [11, 10],
      [10, 11],
    ];
    const plan = planStrips({ attribute: codes, interpolation: 'spherical' }, strips);
    expect(plan.looks([], undefined, 6)[0]?.strips[1]?.map((value) => (value - 10) ** 2)).toEqual([
      expect.closeTo(0.5, 5),
      expect.closeTo(0.5, 5),
    ]);
  });

  it('needs two', () => {
    expect(fieldsAtFault(() => planStrips({ style: [picture] }, strips))).toEqual(['style']);
    expect(fieldsAtFault(() => planStrips({ attribute: [[1, 2], [1]] }, strips))).toEqual(['attribute']);
  });
});
