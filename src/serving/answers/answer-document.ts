import { outputFormats } from '../../image/index.ts';
import type { PictureSource } from '../picture-answer.ts';
import type { SeveralDocument } from './answers-schema.ts';
import type { EncodedPicture } from './made-picture.ts';
import { codeNumbers } from './provenance.ts';

/** Who made the pictures. */
export function sourceEntry({ model, provider }: PictureSource): Omit<SeveralDocument, 'pictures'> {
  return { model: model.name, version: model.version, provider: provider ?? 'unknown' };
}

/** What is said of one picture, beside the picture itself. */
export function pictureEntry(picture: EncodedPicture): Omit<SeveralDocument['pictures'][number], 'image'> {
  const { format, width, height, attribute, seed, sampling, label } = picture;
  return {
    mediaType: outputFormats[format].mediaType,
    width,
    height,
    ...(attribute && { attribute: codeNumbers(attribute) }),
    ...(seed !== undefined && { seed }),
    ...(sampling && { sampling }),
    ...(label !== undefined && { label }),
  };
}

/** `1.png`, or `01.png` where there are more than nine, so that they sort by name. */
export function fileName(index: number, { format }: EncodedPicture, count: number): string {
  return `${String(index + 1).padStart(String(count).length, '0')}.${format}`;
}
