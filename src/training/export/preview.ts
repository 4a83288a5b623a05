import { readFile } from 'node:fs/promises';
import { decode, drawGrid, encode, type Pixels, resizeTo, type Size } from '../../image/index.ts';

const pairsInRow = 3;

/** Pictures, each beside its translation, in rows of three, as WebP. */
export async function previewOf(pairs: readonly (readonly [Pixels, Pixels])[]): Promise<Uint8Array> {
  const rows = Array.from({ length: Math.ceil(pairs.length / pairsInRow) }, (_, row) =>
    pairs.slice(row * pairsInRow, (row + 1) * pairsInRow).flat(),
  );
  return gridOf(rows);
}

/** Pictures in rows, as WebP. */
export function gridOf(rows: readonly (readonly Pixels[])[]): Promise<Uint8Array> {
  return encode(drawGrid(rows), { format: 'webp', quality: 85 });
}

/** The middle of a picture file, in the given size. */
export async function middleOf(file: string, size: Size): Promise<Pixels> {
  return resizeTo(await decode(await readFile(file)), size, 'cover');
}
