import { describe, expect, it } from 'vitest';
import { standardNormal } from './code-distribution.ts';
import { GuidanceError, type GuidanceWishes, type Look, planGuidance } from './plan.ts';

const rules = { attributes: { codeSize: 2, distribution: standardNormal(2) } };
const picture = new Uint8Array(1);
/** Of style pictures, as a network would have read them. */
const styleCodes = [
  [5, 5],
  [6, 6],
] as const;

function looks(wishes: GuidanceWishes): readonly Look[] {
  const plan = planGuidance(wishes, rules);
  const made = plan?.looks(styleCodes.slice(0, plan.styles.length)) ?? [];
  expect(made).toHaveLength(plan?.pictures ?? 0);
  return made;
}

const codes = (wishes: GuidanceWishes) => looks(wishes).map(({ code }) => code);
function fieldsAtFault(
  wishes: GuidanceWishes,
  more: Partial<Parameters<typeof planGuidance>[1]> = {},
): string[] {
  try {
    planGuidance(wishes, { ...rules, ...more });
  } catch (thrown) {
    if (thrown instanceof GuidanceError) return thrown.faults.map(({ field }) => field);
    throw thrown;
  }
  return [];
}

describe('planGuidance', () => {
  it('samples one code when nothing is said, by a seed of 32 bits that it draws', () => {
    const seeds = Array.from({ length: 50 }, () => planGuidance({}, rules)?.seed ?? -1);
    expect(new Set(seeds).size).toBeGreaterThan(45);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
    expect(looks({})).toHaveLength(1);
  });

  it('samples codes that depend on seed and place alone, of mean 0 and deviation 1', () => {
    const four = codes({ outputs: 4, seed: 9 });
    expect(codes({ outputs: 16, seed: 9 }).slice(0, 4)).toEqual(four);
    expect(codes({ outputs: 4, seed: 10 })).not.toEqual(four);
    const values = Array.from({ length: 200 }, (_, seed) => codes({ outputs: 16, seed })).flat(2);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('knows which seed sampled, only where one did', () => {
    const plan = planGuidance({ attribute: [[1, 2]] }, rules);
    expect([plan?.seed, plan?.looks([])[0]?.seed]).toEqual([undefined, undefined]);
    const mixed = planGuidance({ attribute: [[1, 2]], outputs: 2, seed: 4 }, rules);
    expect([mixed?.seed, ...(mixed?.looks([]) ?? []).map(({ seed }) => seed)]).toEqual([4, undefined, 4]);
  });

  it('puts codes before styles before samples', () => {
    const style = [picture, picture];
    expect(codes({ attribute: [[1, 2]], style })).toEqual([
      [1, 2],
      [5, 5],
      [6, 6],
    ]);
    const [sample] = codes({ seed: 3 });
    expect(codes({ style, outputs: 3, seed: 3 })).toEqual([[5, 5], [6, 6], sample]);
  });

  it('goes from the first guide to the second', () => {
    expect(codes({ attribute: [[1, 1]], style: [picture], interpolate: 3, interpolation: 'linear' })).toEqual(
      [
        [1, 1],
        [3, 3],
        [5, 5],
      ],
    );
    expect(looks({ style: [picture, picture], interpolate: 2 }).map(({ label }) => label)).toEqual([
      'step 1 of 2',
      'step 2 of 2',
    ]);
  });

  it('scales every code, sampled, given or read', () => {
    const style = [picture];
    const plain = codes({ attribute: [[1, 2]], style, outputs: 3, seed: 1 });
    const scaled = codes({ attribute: [[1, 2]], style, outputs: 3, seed: 1, attribute_scale: 2 });
    expect(scaled).toEqual(plain.map((code) => code.map((value) => value * 2)));
  });

  it('gives codes as float32', () => {
    expect(codes({ attribute: [[0.1, 1 / 3]] })).toEqual([[Math.fround(0.1), Math.fround(1 / 3)]]);
  });

  it.each<[GuidanceWishes, string[]]>([
    [{ attribute: [[1, 2, 3]] }, ['attribute']],
    [{ interpolate: 3 }, ['interpolate']],
    [{ interpolate: 3, attribute: [[1, 2]] }, ['interpolate']],
    [{ interpolate: 2, outputs: 2, style: [picture, picture] }, ['outputs']],
    [{ interpolation: 'linear' }, ['interpolation']],
    [{ outputs: 1, style: [picture, picture] }, ['outputs']],
    [{ seed: 1, style: [picture] }, ['seed']],
    [{ seed: 1, interpolate: 2, style: [picture, picture] }, ['seed']],
    [{ style: new Array(17).fill(picture) }, ['style']],
    [{ outputs: 2, seed: 1, style: [picture] }, []],
  ])('of %j finds %j at fault', (wishes, fields) => {
    expect(fieldsAtFault(wishes)).toEqual(fields);
  });

  it('asks for no more pictures than the service can hold', () => {
    expect(fieldsAtFault({ outputs: 5 }, { mostPictures: 4 })).toEqual(['outputs']);
    expect(fieldsAtFault({ outputs: 4 }, { mostPictures: 4 })).toEqual([]);
  });

  it('names every field that a model of one picture cannot follow', () => {
    const one = { attributes: undefined };
    expect(fieldsAtFault({ outputs: 2, seed: 1, style: [picture], attribute_scale: 1 }, one)).toEqual([
      'outputs',
      'seed',
      'style',
      'attribute_scale',
    ]);
    expect(planGuidance({ outputs: 1, style: [] }, one)).toBeUndefined();
  });

  it('neither samples nor scales codes of which no distribution is known', () => {
    const unknown = { attributes: { codeSize: 2, distribution: undefined } };
    expect(fieldsAtFault({}, unknown)).toEqual(['style']);
    expect(fieldsAtFault({ outputs: 2, style: [picture] }, unknown)).toEqual(['style']);
    expect(fieldsAtFault({ attribute: [[1, 2]], attribute_scale: 2 }, unknown)).toEqual(['attribute_scale']);
    const plan = planGuidance({ attribute: [[1, 2]], style: [picture], attribute_scale: 1 }, unknown);
    expect(plan?.looks([[5, 5]]).map(({ code }) => code)).toEqual([
      [1, 2],
      [5, 5],
    ]);
  });
});
