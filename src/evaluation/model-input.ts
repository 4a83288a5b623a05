import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeForModel, type ImagePolicy, type ModelInput, ownFileLimits } from '../image/index.ts';
import { type PictureSet, stemOf, UnreadablePictureError } from './picture-set.ts';

/** Pictures that are read as a model is given them. */
export type ModelPictures = PictureSet & { readonly policy: ImagePolicy };

/** @throws UnreadablePictureError */
export async function readInput({ folder, policy }: ModelPictures, file: string): Promise<ModelInput> {
  const place = path.join(folder, file);
  try {
    return await decodeForModel(await readFile(place), { policy, limits: ownFileLimits });
  } catch (cause) {
    throw new UnreadablePictureError(place, cause);
  }
}

/** What is made of a picture is called like it. */
export function pictureName(file: string): string {
  return `${stemOf(file)}.png`;
}
