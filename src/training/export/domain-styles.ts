import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import type { Size } from '../../image/index.ts';
import { DatasetError, findPictures, pictureEndings } from '../data/index.ts';
import type { CodePainter } from './code-painter.ts';
import { middleOf } from './preview.ts';
import { type StyleDistribution, styleDistribution } from './style-distribution.ts';
import type { Side } from './vector-quantized-networks.ts';

/** Pictures that are looked at: hundreds tell the covariance of eight numbers well. */
const most = 256;

/**
 * How the styles of a folder's pictures are distributed. Of many pictures some are taken, evenly; what cannot be decoded
 * is passed over.
 * @throws DatasetError when the folder cannot be read, or holds no picture that can
 */
export async function domainStyles(
  painter: Pick<CodePainter, 'style'>,
  side: Side,
  folder: string,
  size: Size,
): Promise<StyleDistribution> {
  const found = await findPictures(folder).catch((cause: unknown) => {
    throw new DatasetError(`no styles can be taken of ${folder}: ${messageOf(cause)}`, { cause });
  });
  const codes: Float32Array[] = [];
  let fault = `it holds no picture (${pictureEndings})`;
  for (const file of evenly(found, most)) {
    try {
      const picture = await middleOf(join(folder, file), size);
      codes.push(await painter.style(side, picture));
    } catch (thrown) {
      fault = messageOf(thrown);
    }
  }
  if (codes.length > 0) return styleDistribution(codes);
  throw new DatasetError(`no styles can be taken of ${folder}: ${fault}`);
}

/** At most `count` of them, from the first on, at even distances. */
export function evenly<T>(values: readonly T[], count: number): T[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, index) => values[Math.floor((index * values.length) / count)] as T,
  );
}
