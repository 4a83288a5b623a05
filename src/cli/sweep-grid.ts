import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  decode,
  decodeForModel,
  drawGrid,
  encode,
  type ImagePolicy,
  ownFileLimits,
  type Pixels,
} from '../image/index.ts';

/** Pictures of a sweep as they come, for a grid: rows of a strength, columns of the weights of the energies. */
export class SweepGrid {
  private readonly sources: readonly Pixels[];
  /** By strength: of each picture what was made with each pair of weights. */
  private readonly made = new Map<number, Pixels[][]>();

  private constructor(sources: readonly Pixels[]) {
    this.sources = sources;
  }

  /** @param files paths of the pictures that are shown */
  static async of(files: readonly string[], policy: ImagePolicy): Promise<SweepGrid> {
    const read = async (file: string) =>
      (await decodeForModel(await readFile(file), { policy, limits: ownFileLimits })).pixels;
    return new SweepGrid(await Promise.all(files.map(read)));
  }

  /** @param translated folder and names of the translations, of the same pictures first */
  async add(
    strength: number,
    { folder, files }: { readonly folder: string; readonly files: readonly string[] },
  ): Promise<void> {
    const shown = files.slice(0, this.sources.length).map((file) => path.join(folder, file));
    const pictures = await Promise.all(shown.map(async (file) => decode(await readFile(file))));
    const rows = this.made.get(strength) ?? this.sources.map(() => []);
    for (const [index, picture] of pictures.entries()) rows[index]?.push(picture);
    this.made.set(strength, rows);
  }

  /** WebP: of each picture a row for each strength, which begins with the picture itself. */
  webp(): Promise<Uint8Array> {
    const rows = this.sources.flatMap((source, index) =>
      [...this.made.values()].map((made) => [source, ...(made[index] ?? [])]),
    );
    return encode(drawGrid(rows), { format: 'webp', quality: 90 });
  }
}
