import { describe, expect, it } from 'vitest';
import { type CodeMap, codeMap, mirroredMap } from '../../core/code-map/code-map.ts';
import type { PartialMap } from '../../core/code-map/partial-map.ts';
import { composeExtension, composeGiven, composeUnknown } from './composition.ts';

const map = codeMap(2, 2, [1, 2, 3, 4]);
const given = { map, mirrored: mirroredMap(map) };

/** Draws what is unknown as one code. */
const drawn = ({ height, width, codes, known }: PartialMap, code: number): CodeMap =>
  codeMap(
    height,
    width,
    codes.map((each, place) => (known[place] ? each : code)),
  );

const rows = ({ width, codes }: CodeMap) =>
  Array.from({ length: codes.length / width }, (_, row) => [...codes.slice(row * width, (row + 1) * width)]);

describe('an extension', () => {
  const join = (margins: { left: number; right: number }) => {
    const composition = composeExtension(given, margins, 4);
    const parts = composition.parts.map(({ name, map: part }) => drawn(part, name === 'left' ? 7 : 9));
    return { map: rows(composition.join(parts)), cut: composition.cut };
  };

  it('has new columns at the sides where they are asked for, of whole codes', () => {
    expect(join({ left: 0, right: 4 }).map).toEqual([
      [1, 2, 9],
      [3, 4, 9],
    ]);
    expect(join({ left: 8, right: 0 }).map).toEqual([
      [7, 7, 1, 2],
      [7, 7, 3, 4],
    ]);
    expect(join({ left: 1, right: 5 }).map).toEqual([
      [7, 1, 2, 9, 9],
      [7, 3, 4, 9, 9],
    ]);
  });

  it('is cut at the outer edges to the pixels that were asked for', () => {
    expect(join({ left: 1, right: 5 }).cut).toEqual({ x: 3, y: 0, width: 14, height: 8 });
    expect(join({ left: 0, right: 4 }).cut).toEqual({ x: 0, y: 0, width: 12, height: 8 });
  });

  it('goes on from the mirrored picture at the left', () => {
    const { parts } = composeExtension(
      { map, mirrored: codeMap(2, 2, [6, 5, 8, 7]) },
      { left: 4, right: 0 },
      4,
    );
    expect(parts.map((part) => part.name)).toEqual(['left']);
    expect(rows(parts[0]?.map as CodeMap)).toEqual([
      [6, 5, 0],
      [8, 7, 0],
    ]);
  });
});

it('what is given is not drawn, what is not given is drawn whole', () => {
  expect(composeGiven(map).parts).toEqual([]);
  expect(composeGiven(map).join([])).toBe(map);
  const { parts, join } = composeUnknown({ height: 2, width: 2 });
  expect([...(parts[0]?.map.known ?? [])]).toEqual([0, 0, 0, 0]);
  expect(join([map])).toBe(map);
});
