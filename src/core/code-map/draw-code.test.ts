import { expect, it } from 'vitest';
import { Random } from '../random.ts';
import { drawCode } from './draw-code.ts';

it('gives the code in whose part of the line the number lies', () => {
  const probabilities = [0.25, 0, 0.5, 0.25];
  const drawn = [0, 0.2499, 0.25, 0.7499, 0.75, 0.9999].map((uniform) => drawCode(probabilities, uniform));
  expect(drawn).toEqual([0, 0, 2, 2, 3, 3]);
});

it('gives the last code that is possible where the sum stays below the number', () => {
  expect(drawCode([0.3, 0.6999999, 0], 0.99999999)).toBe(1);
});

it('draws codes as often as they are likely', () => {
  const probabilities = [0.1, 0.6, 0.3];
  const random = Random.of(5, 'codes');
  const counts = [0, 0, 0];
  const draws = 20_000;
  for (let draw = 0; draw < draws; draw++) {
    const code = drawCode(probabilities, random.uniform());
    counts[code] = (counts[code] as number) + 1;
  }
  probabilities.forEach((probability, code) => {
    expect((counts[code] as number) / draws).toBeCloseTo(probability, 1);
  });
});
