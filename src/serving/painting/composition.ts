import { type CodeMap, type CodeSize, codeMap, mirroredMap } from '../../core/code-map/code-map.ts';
import { joinedAtLeft } from '../../core/code-map/extension.ts';
import { goingOnRight, type PartialMap, unknownMap } from '../../core/code-map/partial-map.ts';
import type { Region } from '../../image/index.ts';

/** What was read of the picture that a request brings. */
export interface GivenMaps {
  readonly map: CodeMap;
  /** Of the mirrored picture; only where a composition needs it. */
  readonly mirrored: CodeMap | undefined;
}

/** What is drawn for a picture, and how the drawn parts become its map. */
export interface Composition {
  /** Of the picture's map, in codes. */
  readonly width: number;
  /** Drawn independently of each other. */
  readonly parts: readonly ComposedPart[];
  /** @param drawn of each part, in their order */
  join(drawn: readonly CodeMap[]): CodeMap;
  /** What is kept of the painted picture, in pixels; undefined: all. */
  readonly cut?: Region | undefined;
}

export interface ComposedPart {
  /** Sets its random numbers apart from those of the picture's other parts. */
  readonly name: string;
  readonly map: PartialMap;
}

/** A picture that is made up. */
export function composeUnknown(size: CodeSize): Composition {
  return composeWhole(unknownMap(size));
}

/** One map, part of which may be known. */
export function composeWhole(map: PartialMap): Composition {
  return { width: map.width, parts: [{ name: 'whole', map }], join: ([drawn]) => drawn ?? map };
}

/** Nothing is drawn. */
export function composeGiven(map: CodeMap): Composition {
  return { width: map.width, parts: [], join: () => map };
}

/** Pixels to be added at the sides. */
export interface Margins {
  readonly left: number;
  readonly right: number;
}

/**
 * A picture that goes on at its sides. Codes are added for as many pixels as are asked for or a few more, which are then cut
 * off at the outer edges.
 */
export function composeExtension(
  { map, mirrored = map }: GivenMaps,
  { left, right }: Margins,
  pixelsPerCode: number,
): Composition {
  const columns = { left: Math.ceil(left / pixelsPerCode), right: Math.ceil(right / pixelsPerCode) };
  const side = (name: keyof Margins, from: CodeMap): ComposedPart[] =>
    columns[name] === 0 ? [] : [{ name, map: goingOnRight(from, columns[name]) }];
  return {
    width: columns.left + map.width + columns.right,
    parts: [...side('right', map), ...side('left', mirrored)],
    join(drawn) {
      const [toRight, toLeft] = columns.right === 0 ? [map, drawn[0]] : [drawn[0] ?? map, drawn[1]];
      return toLeft === undefined ? toRight : joinedAtLeft(toRight, toLeft, map.width);
    },
    cut: {
      x: columns.left * pixelsPerCode - left,
      y: 0,
      width: left + map.width * pixelsPerCode + right,
      height: map.height * pixelsPerCode,
    },
  };
}

/** Stands for what is read of a picture, to look at a composition before anything is run. */
export function blankMaps({ height, width }: CodeSize): GivenMaps {
  const map = codeMap(height, width, new Int32Array(height * width));
  return { map, mirrored: mirroredMap(map) };
}
