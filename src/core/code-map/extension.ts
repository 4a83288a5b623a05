import { InvalidArgumentError } from '../errors.ts';
import { besideEachOther, type CodeMap, columnsOf, mirroredMap } from './code-map.ts';

/**
 * A picture continued at both sides, as published: the picture went on to the right, its mirror image went on to the
 * right too and is mirrored back, and of that the new columns are put before the first.
 * @param toRight the map of the picture, continued, or the map itself where nothing is added at the right
 * @param mirrored the map of the mirrored picture, continued
 * @param width of the picture in codes
 * @throws InvalidArgumentError when a map is narrower than the picture, or their heights differ
 */
export function joinedAtLeft(toRight: CodeMap, mirrored: CodeMap, width: number): CodeMap {
  const added = mirrored.width - width;
  if (added < 0 || toRight.width < width) {
    throw new InvalidArgumentError(
      `continued maps of a picture of ${width} columns have as many or more, got ${toRight.width} and ${mirrored.width}`,
    );
  }
  return besideEachOther(columnsOf(mirroredMap(mirrored), 0, added), toRight);
}
