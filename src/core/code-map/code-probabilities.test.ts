import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeProbabilities, type FilterOptions } from './code-probabilities.ts';

/** Logits of the probabilities 0.5, 0.25, 0.125, 0.125. */
const logits = [3, 2, 1, 1].map((halvings) => halvings * Math.LN2);

const rounded = (options: FilterOptions) =>
  [...codeProbabilities(logits, options)].map((probability) => Number(probability.toFixed(6)));

describe('codeProbabilities', () => {
  it('are the softmax of the logits', () => {
    expect(rounded({})).toEqual([0.5, 0.25, 0.125, 0.125]);
  });

  it('are evened out by a temperature above 1', () => {
    const halves = [Math.SQRT1_2, 0.5, Math.SQRT1_2 / 2, Math.SQRT1_2 / 2];
    const sum = halves.reduce((total, half) => total + half, 0);
    expect(rounded({ temperature: 2 })).toEqual(halves.map((half) => Number((half / sum).toFixed(6))));
  });

  it('are the likeliest code alone at a temperature next to 0', () => {
    expect(rounded({ temperature: 0.01 })).toEqual([1, 0, 0, 0]);
    expect(rounded({ temperature: Number.MIN_VALUE })).toEqual([1, 0, 0, 0]);
  });

  it('are those of the top k, and of what is as likely as the last of them', () => {
    expect(rounded({ topK: 2 })).toEqual([0.666667, 0.333333, 0, 0]);
    expect(rounded({ topK: 3 })).toEqual([0.5, 0.25, 0.125, 0.125]);
    expect(rounded({ topK: 1 })).toEqual([1, 0, 0, 0]);
  });

  it('are those of the fewest codes that reach the top p', () => {
    expect(rounded({ topP: 0.5 })).toEqual([1, 0, 0, 0]);
    expect(rounded({ topP: 0.51 })).toEqual([0.666667, 0.333333, 0, 0]);
    expect(rounded({ topP: 0.8 })).toEqual([0.571429, 0.285714, 0.142857, 0]);
    expect(rounded({ topP: 1e-9 })).toEqual([1, 0, 0, 0]);
  });

  it('are cut to the top k before the top p', () => {
    expect(rounded({ topK: 2, topP: 0.6 })).toEqual([1, 0, 0, 0]);
  });

  it('sum to 1 and keep the order of the logits, however large these are', () => {
    const scores = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 40 });
    const options = fc.record({
      temperature: fc.double({ min: 0.01, max: 100, noNaN: true }),
      topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(scores, options, fc.nat(), (given, filter, k) => {
        const probabilities = codeProbabilities(given, { ...filter, topK: 1 + (k % given.length) });
        expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
        const likeliest = probabilities.indexOf(Math.max(...probabilities));
        expect(given[likeliest]).toBeCloseTo(Math.max(...given), 6);
      }),
    );
  });

  it.each<[FilterOptions, string]>([
    [{ temperature: 0 }, 'temperature must be a number above 0, got 0'],
    [{ temperature: -1 }, 'temperature must be a number above 0, got -1'],
    [{ temperature: Number.NaN }, 'temperature must be a number above 0, got NaN'],
    [{ topK: 0 }, 'topK must be an integer from 1 to the 4 codes, got 0'],
    [{ topK: 5 }, 'topK must be an integer from 1 to the 4 codes, got 5'],
    [{ topK: 1.5 }, 'topK must be an integer from 1 to the 4 codes, got 1.5'],
    [{ topP: 0 }, 'topP must be above 0 and at most 1, got 0'],
    [{ topP: 1.1 }, 'topP must be above 0 and at most 1, got 1.1'],
  ])('refuse %o', (options, message) => {
    expect(() => codeProbabilities(logits, options)).toThrow(message);
  });
});
