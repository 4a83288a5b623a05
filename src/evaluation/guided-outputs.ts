import path from 'node:path';
import { writeWhole } from '../core/write-whole.ts';
import { cutAnswer, encode } from '../image/index.ts';
import type { GuidedModel, GuidedSettings } from './guided-model.ts';
import { type ModelPictures, pictureName, readInput } from './model-input.ts';
import type { PictureSet } from './picture-set.ts';

export interface GuidedTranslation {
  readonly model: Omit<GuidedModel, 'dispose'>;
  readonly settings: GuidedSettings;
  readonly source: ModelPictures;
  /** Where translations go, as PNG. */
  readonly out: string;
  /** The noise of a picture depends on it and on the picture's place in the set. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/**
 * Translates a set of pictures by sampling.
 * @throws UnreadablePictureError, InvalidArgumentError for settings out of range; the signal's reason when it fires
 */
export async function translateGuided(request: GuidedTranslation): Promise<PictureSet> {
  const { model, settings, source, out, seed, signal, onProgress } = request;
  for (const [place, file] of source.files.entries()) {
    onProgress(`${place} of ${source.files.length} translated`);
    const { pixels, plan } = await readInput(source, file);
    const made = await model.translate(pixels, settings, { seed, place, signal });
    await writeWhole(
      path.join(out, pictureName(file)),
      await encode(cutAnswer(made, plan), { format: 'png' }),
    );
  }
  return { folder: out, files: source.files.map(pictureName) };
}
