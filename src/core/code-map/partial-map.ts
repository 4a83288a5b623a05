import { InvalidArgumentError } from '../errors.ts';
import { besideEachOther, type CodeMap, type CodeSize } from './code-map.ts';

/** A map of which some codes are known, and the others are to be drawn. */
export interface PartialMap extends CodeMap {
  /** 1 where the code is known, 0 where it is to be drawn. */
  readonly known: Uint8Array;
}

/** Parts of a picture that are completed to a whole one: a quarter or a half, of odd sides the smaller one. */
export const givenParts = ['top-left', 'left-half', 'top-half'] as const;
export type GivenPart = (typeof givenParts)[number];

/** Nothing is known: a picture is made up. */
export function unknownMap({ height, width }: CodeSize): PartialMap {
  const places = height * width;
  return { height, width, codes: new Int32Array(places), known: new Uint8Array(places) };
}

/** The given part of a map is kept, the rest is to be drawn. */
export function keepingPart(map: CodeMap, part: GivenPart): PartialMap {
  const rows = part === 'left-half' ? map.height : Math.floor(map.height / 2);
  const columns = part === 'top-half' ? map.width : Math.floor(map.width / 2);
  const known = Uint8Array.from(map.codes, (_, place) => {
    const [row, column] = [Math.floor(place / map.width), place % map.width];
    return row < rows && column < columns ? 1 : 0;
  });
  return { ...map, known };
}

/**
 * What the mask says is kept, the rest is to be drawn.
 * @param mask one element a code, 0 where it is to be drawn
 * @throws InvalidArgumentError when the mask has another size
 */
export function keepingMasked(map: CodeMap, mask: ArrayLike<number>): PartialMap {
  if (mask.length !== map.codes.length) {
    throw new InvalidArgumentError(
      `a mask for ${map.height} x ${map.width} codes has ${map.codes.length} elements, got ${mask.length}`,
    );
  }
  return { ...map, known: Uint8Array.from(map.codes, (_, place) => (mask[place] ? 1 : 0)) };
}

/**
 * The whole map is kept and goes on to the right. To the left goes the mirrored map of the mirrored picture, whose result
 * is mirrored back: a picture is read from left to right.
 */
export function goingOnRight(map: CodeMap, columns: number): PartialMap {
  const { height, width, codes } = besideEachOther(map, unknownMap({ height: map.height, width: columns }));
  return {
    height,
    width,
    codes,
    known: Uint8Array.from(codes, (_, place) => (place % width < map.width ? 1 : 0)),
  };
}
