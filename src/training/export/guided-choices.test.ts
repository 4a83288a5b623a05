import { expect, it } from 'vitest';
import { guidanceOf } from './guided-choices.ts';

it.each([
  [256, 32],
  [96, 12],
  [64, 8],
  [100, 10],
  [60, 6],
  [28, 2],
  [4, 1],
])('pictures of side %d are made smaller by %d, which divides it', (side, factor) => {
  expect(guidanceOf({}, side).lowPassFactor).toBe(factor);
  expect(side % factor).toBe(0);
});

it('takes the factor that is asked for', () => {
  expect(guidanceOf({ lowPass: 4 }, 64)).toEqual({
    realism: 'cosine',
    faithfulness: 'negative-l2',
    lowPassFactor: 4,
  });
});
