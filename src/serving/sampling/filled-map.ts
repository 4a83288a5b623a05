import type { CodeMap } from '../../core/code-map/code-map.ts';
import type { PartialMap } from '../../core/code-map/partial-map.ts';

/**
 * A map that is half drawn, to be looked at: where no code is known yet, there is the one to the left, in the first column
 * the one above, and at the very beginning code 0.
 * @param map as it was when the drawing began
 * @param now the same, with its first `drawn` unknown codes drawn
 */
export function filledMap(map: PartialMap, now: CodeMap, drawn: number): CodeMap {
  const { height, width } = map;
  const codes = now.codes.slice();
  let unknown = 0;
  for (const place of codes.keys()) {
    if (map.known[place] === 0) unknown++;
    if (map.known[place] === 0 && unknown > drawn) {
      const source = place % width > 0 ? place - 1 : place - width;
      codes[place] = codes[source] ?? 0;
    }
  }
  return { height, width, codes };
}
