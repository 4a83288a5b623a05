import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import type { Pixels } from '../../image/index.ts';
import { augment, type Planes, prepare, variantOf } from './augment.ts';
import type { DecoderSettings, PictureAnswer, PictureRequest, SkippedPicture } from './decode-protocol.ts';
import { PictureCache } from './picture-cache.ts';

/**
 * Turns requests into tensors: read, decode and scale (kept in the cache), then crop, flip and to planes.
 * The answer depends on the request and the files alone, never on what was asked before or is in the cache.
 */
export class PictureSource {
  private readonly settings: DecoderSettings;
  private readonly cache: PictureCache;
  /** Why a picture cannot be used, by variant and path: saves trying again. */
  private readonly broken = new Map<string, string>();

  constructor(settings: DecoderSettings) {
    this.settings = settings;
    this.cache = new PictureCache(settings.cacheBytes);
  }

  /** Broken pictures, and those that the crop does not fit, are told of in the answer; they are not errors. */
  async answer(request: PictureRequest): Promise<PictureAnswer> {
    const skipped: SkippedPicture[] = [];
    for (const file of this.candidates(request)) {
      const result = await this.attempt(file, request);
      if (typeof result !== 'string') return { picture: { file, ...result }, skipped };
      skipped.push({ file, reason: result });
    }
    return { picture: undefined, skipped };
  }

  private candidates({ folder, index, training }: PictureRequest): string[] {
    const files = this.settings.dataset[folder];
    return training ? [...files.slice(index), ...files.slice(0, index)] : files.slice(index, index + 1);
  }

  /** The picture, or why there is none. */
  private async attempt(file: string, request: PictureRequest): Promise<Planes | string> {
    const key = `${variantOf(request.augmentation)} ${file}`;
    const known = this.broken.get(key);
    if (known !== undefined) return known;
    try {
      const prepared = await this.prepared(file, request);
      return augment(prepared, request.augmentation, Random.of(...request.randomKey));
    } catch (thrown) {
      this.broken.set(key, messageOf(thrown));
      return messageOf(thrown);
    }
  }

  private async prepared(file: string, { augmentation, training }: PictureRequest): Promise<Pixels> {
    const variant = variantOf(augmentation);
    const cached = this.cache.get(file, variant);
    if (cached !== undefined) return cached;
    const pixels = await prepare(await readFile(join(this.settings.root, file)), augmentation);
    // Test pictures are seen now and then; training pictures once an epoch.
    if (training) this.cache.put(file, variant, pixels);
    return pixels;
  }
}
