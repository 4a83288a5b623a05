import { InvalidArgumentError } from '../../core/errors.ts';
import { contactSheet, encode, outputFormats } from '../../image/index.ts';
import { originHeaders, type PictureAnswer, type PictureSource } from '../picture-answer.ts';
import type { StageClock } from '../stage-clock.ts';
import { jsonContainer, multipartContainer, zipContainer } from './containers.ts';
import type { EncodedPicture, MadePicture } from './made-picture.ts';
import type { SeveralShape } from './negotiate-several.ts';
import { provenanceHeaders } from './provenance.ts';

export interface WantedShape extends SeveralShape {
  /** Of each picture, or of the sheet; undefined: the format's own. */
  readonly quality: number | undefined;
}

/** How the pictures came to be; the clock has the time of each stage, and takes that of encoding. */
export interface SeveralOrigin extends PictureSource {
  readonly clock: StageClock;
}

/**
 * Puts several pictures into one answer. Their pixels are copied once at most, into the sheet, and encoded bytes once, into
 * the container.
 * @param pictures at least one
 * @throws QualityInvalidError, OutputSizeUnsupportedError
 */
export async function severalAnswer(
  shape: WantedShape,
  pictures: readonly MadePicture[],
  { clock, ...about }: SeveralOrigin,
): Promise<PictureAnswer> {
  const { mediaType, bytes, headers } = await clock.time('encode', () => laidOut(shape, pictures, about));
  return {
    bytes,
    mediaType,
    headers: { ...originHeaders({ ...about, timings: clock.timings }), ...headers },
  };
}

async function laidOut(
  shape: WantedShape,
  made: readonly MadePicture[],
  source: PictureSource,
): Promise<PictureAnswer> {
  if (shape.kind === 'contact-sheet') return sheetAnswer(shape, made);
  const pictures = await Promise.all(made.map((picture) => encoded(picture, shape)));
  switch (shape.kind) {
    case 'multipart':
      return { ...multipartContainer(pictures), headers: {} };
    case 'json':
      return { ...jsonContainer(pictures, source), headers: {} };
    case 'zip':
      return { ...zipContainer(pictures, source), headers: attachment };
    default:
      throw new InvalidArgumentError(shape.kind satisfies never);
  }
}

/** In a browser, the archive is saved rather than shown. */
const attachment = { 'content-disposition': 'attachment; filename="pictures.zip"' };

/** The sheet has the codes in its headers, row by row, as the pictures are. */
async function sheetAnswer(shape: WantedShape, made: readonly MadePicture[]): Promise<PictureAnswer> {
  const sheet = contactSheet(made.map(({ pixels }) => pixels));
  return {
    bytes: await encode(sheet, encoding(shape)),
    mediaType: outputFormats[shape.format].mediaType,
    headers: provenanceHeaders(made),
  };
}

async function encoded({ pixels, ...rest }: MadePicture, shape: WantedShape): Promise<EncodedPicture> {
  const { width, height } = pixels;
  return { ...rest, width, height, format: shape.format, bytes: await encode(pixels, encoding(shape)) };
}

function encoding({ format, quality }: WantedShape) {
  return quality === undefined ? { format } : { format, quality };
}
