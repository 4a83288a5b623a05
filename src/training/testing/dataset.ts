import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Random } from '../../core/random.ts';
import { encode, type Pixels, pixelsFrom } from '../../image/index.ts';

const side = 20;
const counts = { trainA: 5, trainB: 4, testA: 2, testB: 3 } as const;

/** Draws a small unaligned dataset below `root`: noise on reddish ground in A, on bluish ground in B. */
export async function drawDataset(root: string): Promise<string> {
  for (const [folder, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index++) {
      const png = await encode(picture(folder, index), { format: 'png' });
      await writePicture(join(root, folder, `${index}.png`), png);
    }
  }
  return root;
}

export async function writePicture(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

function picture(folder: string, index: number): Pixels {
  const random = Random.of(0, 'picture', folder, index);
  const ground = folder.endsWith('A') ? [180, 60, 20] : [20, 60, 180];
  const values = Array.from(
    { length: side * side * 3 },
    (_, at) => (ground[at % 3] as number) + random.integer(70),
  );
  return pixelsFrom({ width: side, height: side }, Uint8Array.from(values));
}
