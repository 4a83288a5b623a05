import { describe, expect, it } from 'vitest';
import { besideEachOther, codeMap, columnsOf, mirroredMap } from './code-map.ts';

const map = codeMap(2, 3, [1, 2, 3, 4, 5, 6]);

describe('maps of codes', () => {
  it('have as many codes as their sides say', () => {
    expect(() => codeMap(2, 3, [1, 2])).toThrow('a map of 2 x 3 codes has 6, got 2');
  });

  it('are mirrored row by row', () => {
    expect([...mirroredMap(map).codes]).toEqual([3, 2, 1, 6, 5, 4]);
    expect(mirroredMap(mirroredMap(map))).toEqual(map);
  });

  it('are cut between columns', () => {
    expect(columnsOf(map, 1, 3)).toEqual(codeMap(2, 2, [2, 3, 5, 6]));
    expect(columnsOf(map, 0, 0)).toEqual(codeMap(2, 0, []));
  });

  it('stand beside each other', () => {
    expect(besideEachOther(columnsOf(map, 0, 1), columnsOf(map, 1, 3))).toEqual(map);
    expect(besideEachOther(map, codeMap(2, 1, [7, 8])).codes).toEqual(Int32Array.of(1, 2, 3, 7, 4, 5, 6, 8));
    expect(() => besideEachOther(map, codeMap(1, 1, [7]))).toThrow('maps of 2 and 1 rows');
  });
});
