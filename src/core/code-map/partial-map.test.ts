import { describe, expect, it } from 'vitest';
import { codeMap } from './code-map.ts';
import { type GivenPart, goingOnRight, keepingMasked, keepingPart, unknownMap } from './partial-map.ts';

const map = codeMap(3, 4, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

describe('what is known of a map', () => {
  it('is nothing where it is to be made up', () => {
    expect([...unknownMap({ height: 2, width: 3 }).known]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each<[GivenPart, string]>([
    ['top-left', '1100 0000 0000'],
    ['left-half', '1100 1100 1100'],
    ['top-half', '1111 0000 0000'],
  ])('is the part that is given: %s', (part, expected) => {
    const { known, codes } = keepingPart(map, part);
    expect([...known].join('')).toBe(expected.replaceAll(' ', ''));
    expect(codes).toEqual(map.codes);
  });

  it('is what a mask says', () => {
    expect([...keepingMasked(map, [0, 1, 0, 255, 0, 0, 0, 0, 0, 0, 0, 1]).known].join('')).toBe(
      '010100000001',
    );
    expect(() => keepingMasked(map, [1, 1])).toThrow('a mask for 3 x 4 codes has 12 elements, got 2');
  });

  it('is all that is there where the map goes on', () => {
    const { height, width, known, codes } = goingOnRight(codeMap(2, 2, [1, 2, 3, 4]), 1);
    expect([height, width]).toEqual([2, 3]);
    expect([...known]).toEqual([1, 1, 0, 1, 1, 0]);
    expect([codes[0], codes[1], codes[3], codes[4]]).toEqual([1, 2, 3, 4]);
  });
});
