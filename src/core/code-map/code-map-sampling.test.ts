import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeMap } from './code-map.ts';
import { CodeMapSampling, type SamplingStep } from './code-map-sampling.ts';
import { type Conditioning, conditionOf, coordinateTokens } from './coordinates.ts';
import { goingOnRight, keepingMasked, type PartialMap, unknownMap } from './partial-map.ts';
import { windowAt } from './sliding-window.ts';

const vocabulary = 50;
const window = { height: 4, width: 4 };
const coordinates = coordinateTokens(window, 4, vocabulary);

/** Every step of a map, each answered with a code that says its place. */
function walk(map: PartialMap, conditioning: Conditioning = 'whole') {
  const sampling = new CodeMapSampling(map, { window, coordinates, conditioning });
  const steps: SamplingStep[] = [];
  for (let step = sampling.step; step !== undefined; step = sampling.step) {
    steps.push(step);
    sampling.take(1000 + step.place);
  }
  return { sampling, steps };
}

/** The whole sequence that a place is drawn from, out of the finished map: what comes before is final by then. */
function sequenceOf(
  { sampling }: ReturnType<typeof walk>,
  place: number,
  conditioning: Conditioning,
): number[] {
  const { height, width, codes } = sampling.map;
  const view = windowAt({ height, width }, window, Math.floor(place / width), place % width);
  const before = Array.from({ length: view.row * window.width + view.column }, (_, index) => {
    const row = view.top + Math.floor(index / window.width);
    return codes[row * width + view.left + (index % window.width)] as number;
  });
  return [...conditionOf(coordinates, window, view, conditioning), ...before];
}

const maps = fc
  .record({ height: fc.integer({ min: 4, max: 9 }), width: fc.integer({ min: 4, max: 9 }) })
  .chain(({ height, width }) =>
    fc
      .uint8Array({ minLength: height * width, maxLength: height * width, max: 1 })
      .map((mask) => keepingMasked(codeMap(height, width, [...mask.keys()]), mask)),
  );

describe('CodeMapSampling', () => {
  it('visits every unknown place once, row by row, and keeps what is known', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const { sampling, steps } = walk(map);
        const unknown = [...map.known.keys()].filter((place) => map.known[place] === 0);
        expect(steps.map(({ place }) => place)).toEqual(unknown);
        expect([sampling.drawn, sampling.total]).toEqual([unknown.length, unknown.length]);
        const expected = map.codes.map((code, place) => (map.known[place] ? code : 1000 + place));
        expect(sampling.map.codes).toEqual(expected);
      }),
    );
  });

  it('brings each window, step after step, the sequence before the place', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const walked = walk(map);
        const fed = new Map<number, number[]>();
        for (const { window: name, position, tokens, place } of walked.steps) {
          const sequence = fed.get(name) ?? [];
          expect(position).toBe(sequence.length);
          expect(tokens.length).toBeGreaterThan(0);
          sequence.push(...tokens);
          fed.set(name, sequence);
          expect(sequence).toEqual(sequenceOf(walked, place, 'whole'));
        }
      }),
    );
  });

  it('says when a window is over, and how many are open at one time', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const { sampling, steps } = walk(map);
        const open = new Set<number>();
        let most = 0;
        for (const { window: name, position, lastOfWindow } of steps) {
          expect(open.has(name)).toBe(position > 0);
          open.add(name);
          most = Math.max(most, open.size);
          if (lastOfWindow) open.delete(name);
        }
        expect(open.size).toBe(0);
        expect(sampling.windowsAtOnce).toBe(most);
      }),
    );
  });

  it('costs a token a code on a map of one window, after the condition', () => {
    const { steps, sampling } = walk(unknownMap(window));
    expect(steps.map(({ tokens }) => tokens.length)).toEqual([16, ...new Array<number>(15).fill(1)]);
    expect(steps.map(({ condition }) => condition)).toEqual([16, ...new Array<number>(15).fill(0)]);
    expect(sampling.windowsAtOnce).toBe(1);
  });

  it('begins anew with a window that was forgotten', () => {
    const sampling = new CodeMapSampling(unknownMap(window), { window, coordinates });
    sampling.take(7);
    sampling.take(8);
    expect(sampling.step).toMatchObject({ position: 17, tokens: [8] });
    sampling.forget(0);
    expect(sampling.step).toMatchObject({ position: 0, tokens: [...coordinates, 7, 8] });
  });

  it('gives the same step until the code is taken, and a map that later codes do not change', () => {
    const sampling = new CodeMapSampling(unknownMap(window), { window, coordinates });
    expect(sampling.step).toEqual(sampling.step);
    const before = sampling.map;
    sampling.take(9);
    expect(before.codes[0]).toBe(0);
    expect(sampling.map.codes[0]).toBe(9);
  });

  it('has shorter conditions further right, as published', () => {
    const walked = walk(goingOnRight(codeMap(4, 4, new Array<number>(16).fill(3)), 3), 'published');
    // Columns 4, 5 and 6 of 7: the window lies at 2 for the first, at 3 for the others.
    const first = walked.steps.slice(0, 3);
    expect(first.map(({ window: name }) => name)).toEqual([2, 3, 3]);
    expect(first.map(({ tokens }) => tokens.length)).toEqual([8 + 2, 4 + 2, 1]);
    expect(first.map(({ condition }) => condition)).toEqual([8, 4, 0]);
    expect(first[0]?.tokens).toEqual(sequenceOf(walked, 4, 'published'));
  });

  it('refuses published conditioning where no coordinate is left, and a map below the window', () => {
    const wide = unknownMap({ height: 4, width: 8 });
    expect(() => walk(wide, 'published')).toThrow(
      'a map of 4 x 8 codes reaches a whole window of 4 x 4 beyond the first',
    );
    expect(walk(wide, 'whole').steps).toHaveLength(32);
    expect(() => walk(unknownMap({ height: 3, width: 8 }))).toThrow('got 3 x 8');
  });

  it('takes no code for a complete map', () => {
    const { sampling } = walk(unknownMap(window));
    expect(() => sampling.take(1)).toThrow('internal: a code was drawn for a map that is complete');
  });
});
