import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import { encode, openPicture } from '../../../image/index.ts';
import { isSystemError } from '../durable-write.ts';
import { type PreviewName, parsePreviewFile, previewNames } from '../preview-file.ts';

/** Previews of one kind that a page shows at most, besides the newest. */
const mostPictures = 9;
/** Bytes of all pictures of a page, before they are written in base 64. */
const byteBudget = 1_300_000;
/** Long side and quality that are tried in turn, until a picture is small enough; the last is taken as it is. */
const attempts = [
  [720, 80],
  [600, 60],
  [440, 50],
  [320, 40],
] as const;

/** A preview as a page shows it. */
export interface ShownPreview {
  readonly step: number;
  readonly shows: PreviewName;
  readonly width: number;
  readonly height: number;
  /** WebP in base 64. */
  readonly data: string;
}

interface PreviewFile {
  readonly name: string;
  readonly step: number;
  readonly shows: PreviewName;
}

/** Encodes the previews of a run for a page, and keeps what it has encoded for the next one. */
export class PreviewPictures {
  private readonly folder: string;
  private readonly encoded = new Map<string, ShownPreview>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** By what they show, then by step; pictures that cannot be read are left out and named in `broken`. */
  async read(): Promise<{ previews: ShownPreview[]; broken: string[] }> {
    const files = await this.files();
    const chosen = previewNames.flatMap((name) => evenlySpaced(files.filter(({ shows }) => shows === name)));
    for (const name of this.encoded.keys()) {
      if (!chosen.some((file) => file.name === name)) this.encoded.delete(name);
    }
    const [previews, broken]: [ShownPreview[], string[]] = [[], []];
    for (const file of chosen) {
      try {
        previews.push(await this.preview(file));
      } catch (thrown) {
        broken.push(`${file.name}: ${messageOf(thrown)}`);
      }
    }
    return { previews, broken };
  }

  private async preview(file: PreviewFile): Promise<ShownPreview> {
    const preview = this.encoded.get(file.name) ?? (await encodePreview(join(this.folder, file.name), file));
    this.encoded.set(file.name, preview);
    return preview;
  }

  private async files(): Promise<PreviewFile[]> {
    const names = await readdir(this.folder).catch((thrown: unknown) => {
      if (isSystemError(thrown, 'ENOENT')) return [];
      throw thrown;
    });
    return names.sort().flatMap((name) => {
      const file = parsePreviewFile(name);
      return file === undefined ? [] : [{ name, step: file.step, shows: file.name }];
    });
  }
}

/** Every first, second, fourth, eighth ... of the files, and the newest: a longer run drops some and brings no others. */
function evenlySpaced(files: readonly PreviewFile[]): PreviewFile[] {
  let stride = 1;
  while (files.length > stride * mostPictures) stride *= 2;
  return files.filter((_, index) => index % stride === 0 || index === files.length - 1);
}

async function encodePreview(path: string, { step, shows }: PreviewFile): Promise<ShownPreview> {
  const picture = await openPicture(await readFile(path));
  let bytes = new Uint8Array();
  let size = { width: picture.width, height: picture.height };
  for (const [side, quality] of attempts) {
    const factor = Math.min(1, side / Math.max(picture.width, picture.height));
    const scaled = (length: number) => Math.max(1, Math.round(length * factor));
    size = { width: scaled(picture.width), height: scaled(picture.height) };
    bytes = new Uint8Array(await encode(await picture.decode(size), { format: 'webp', quality }));
    if (bytes.length <= byteBudget / (2 * (mostPictures + 1))) break;
  }
  return { step, shows, ...size, data: Buffer.from(bytes).toString('base64') };
}
