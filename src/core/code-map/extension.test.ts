import { expect, it } from 'vitest';
import { codeMap } from './code-map.ts';
import { joinedAtLeft } from './extension.ts';

const picture = [1, 2, 3];

it('puts what was added to the mirrored picture before the picture, mirrored back', () => {
  const mirrored = codeMap(1, 5, [3, 2, 1, 8, 9]);
  expect(joinedAtLeft(codeMap(1, 4, [...picture, 7]), mirrored, 3)).toEqual(
    codeMap(1, 6, [9, 8, 1, 2, 3, 7]),
  );
  expect(joinedAtLeft(codeMap(1, 3, picture), mirrored, 3)).toEqual(codeMap(1, 5, [9, 8, 1, 2, 3]));
});

it('refuses maps that do not hold the picture', () => {
  expect(() => joinedAtLeft(codeMap(1, 3, picture), codeMap(1, 2, [2, 1]), 3)).toThrow(
    'continued maps of a picture of 3 columns have as many or more, got 3 and 2',
  );
});
