import { InvalidArgumentError } from '../errors.ts';

/** Sides of a map or a window, in codes. */
export interface CodeSize {
  readonly height: number;
  readonly width: number;
}

/** Codes of a picture, row by row. */
export interface CodeMap extends CodeSize {
  readonly codes: Int32Array;
}

/** @throws InvalidArgumentError when there are not as many codes as the sides say */
export function codeMap(height: number, width: number, codes: ArrayLike<number>): CodeMap {
  if (codes.length === height * width) return { height, width, codes: Int32Array.from(codes) };
  throw new InvalidArgumentError(
    `a map of ${height} x ${width} codes has ${height * width}, got ${codes.length}`,
  );
}

/** Left and right exchanged. */
export function mirroredMap({ height, width, codes }: CodeMap): CodeMap {
  const mirrored = codes.map((_, place) => {
    const column = place % width;
    return codes[place - column + (width - 1 - column)] as number;
  });
  return { height, width, codes: mirrored };
}

/** The columns from `start` up to `end`, which is left out. */
export function columnsOf({ height, width, codes }: CodeMap, start: number, end: number): CodeMap {
  const kept = codes.filter((_, place) => place % width >= start && place % width < end);
  return { height, width: Math.min(end, width) - start, codes: kept };
}

/** One map to the right of the other. @throws InvalidArgumentError when their heights differ */
export function besideEachOther(left: CodeMap, right: CodeMap): CodeMap {
  if (left.height !== right.height) {
    throw new InvalidArgumentError(
      `maps of ${left.height} and ${right.height} rows do not stand beside each other`,
    );
  }
  const { height } = left;
  const width = left.width + right.width;
  const codes = new Int32Array(height * width);
  for (let row = 0; row < height; row++) {
    codes.set(left.codes.subarray(row * left.width, (row + 1) * left.width), row * width);
    codes.set(right.codes.subarray(row * right.width, (row + 1) * right.width), row * width + left.width);
  }
  return { height, width, codes };
}
