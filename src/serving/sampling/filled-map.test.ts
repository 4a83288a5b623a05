import { expect, it } from 'vitest';
import { codeMap } from '../../core/code-map/code-map.ts';
import { goingOnRight, unknownMap } from '../../core/code-map/partial-map.ts';
import { filledMap } from './filled-map.ts';

it('goes on with the code to the left, or above, where none is known', () => {
  const map = unknownMap({ height: 3, width: 3 });
  const now = codeMap(3, 3, [4, 5, 6, 7, 0, 0, 0, 0, 0]);
  expect([...filledMap(map, now, 4).codes]).toEqual([4, 5, 6, 7, 7, 7, 7, 7, 7]);
  expect([...filledMap(map, now, 3).codes]).toEqual([4, 5, 6, 4, 4, 4, 4, 4, 4]);
  expect([...filledMap(map, map, 0).codes]).toEqual(new Array(9).fill(0));
  expect(filledMap(map, now, 9)).toEqual(now);
});

it('leaves alone what was given', () => {
  const map = goingOnRight(codeMap(2, 2, [1, 2, 3, 4]), 2);
  const now = { ...map, codes: Int32Array.of(1, 2, 9, 0, 3, 4, 0, 0) };
  expect([...filledMap(map, now, 1).codes]).toEqual([1, 2, 9, 9, 3, 4, 4, 4]);
});

it('does not show the codes of a part that is being made anew', () => {
  const map = { ...codeMap(1, 3, [1, 2, 3]), known: Uint8Array.of(1, 0, 0) };
  expect([...filledMap(map, map, 0).codes]).toEqual([1, 1, 1]);
});
