import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UnpairedError } from '../core/errors.ts';
import {
  cutAnswer,
  decode,
  decodeForModel,
  type ImagePolicy,
  ownFileLimits,
  type Pixels,
} from '../image/index.ts';

/** Pictures of a folder that are measured together. */
export interface PictureSet {
  readonly folder: string;
  /** Paths below the folder, in the order in which they are read. */
  readonly files: readonly string[];
  /** Present: pictures are read as a model of this policy is given them; otherwise at their own size. */
  readonly policy?: ImagePolicy;
}

/** A picture of a set cannot be read. Figures over the others would be figures of another set. */
export class UnreadablePictureError extends UnpairedError {
  constructor(file: string, cause: unknown) {
    super(`${file} cannot be measured: ${messageOf(cause)}`, {
      code: 'PICTURE_UNREADABLE',
      status: 422,
      cause,
    });
  }
}

/** @throws UnreadablePictureError */
export async function readPicture({ folder, policy }: PictureSet, file: string): Promise<Pixels> {
  const place = path.join(folder, file);
  try {
    const bytes = await readFile(place);
    if (policy === undefined) return await decode(bytes, ownFileLimits);
    const { pixels, plan } = await decodeForModel(bytes, { policy, limits: ownFileLimits });
    return cutAnswer(pixels, plan);
  } catch (cause) {
    throw new UnreadablePictureError(place, cause);
  }
}

/** A hash of which pictures there are (names, sizes, times of change) and of how they are read; not of their content. */
export async function listingHash({ folder, files, policy }: PictureSet): Promise<string> {
  const entries = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(path.join(folder, file));
      return [file, size, mtimeMs];
    }),
  );
  return createHash('sha256')
    .update(JSON.stringify([policy ?? null, entries]))
    .digest('hex');
}

/** Path without its ending: what two pictures of one thing have in common. */
export function stemOf(file: string): string {
  return file.slice(0, file.length - path.extname(file).length);
}
