import type { IncomingHttpHeaders } from 'node:http';
import {
  encode,
  negotiateOutputFormat,
  type OutputFormat,
  outputFormats,
  qualityOf,
} from '../../image/index.ts';
import { NotAcceptableError } from '../errors.ts';
import { answerMode } from '../jobs/answers.ts';
import { type PictureAnswer, pictureAnswer } from '../picture-answer.ts';
import type { MadePicture } from './made-picture.ts';
import { negotiateSeveral, type SeveralKind } from './negotiate-several.ts';
import { provenanceHeaders } from './provenance.ts';
import { type SeveralOrigin, severalAnswer } from './several-answer.ts';

/** What a request says of the form of its pictures. */
export interface FormWishes {
  readonly format?: OutputFormat | undefined;
  readonly quality?: number | undefined;
}

/** How the pictures of a request go out. */
export interface AnswerForm {
  readonly format: OutputFormat;
  readonly quality: number | undefined;
  /** What holds several; undefined: one picture goes out as it is. */
  readonly several: SeveralKind | undefined;
}

/**
 * Decides it before anything is run for the pictures: one as it is, several as `Accept` says.
 * @throws NotAcceptableError, QualityInvalidError
 */
export function answerForm(
  wishes: FormWishes,
  headers: IncomingHttpHeaders,
  { pictures }: { readonly pictures: number },
): AnswerForm {
  const several = pictures > 1 ? negotiateSeveral(headers.accept) : undefined;
  const format = wishes.format ?? several?.format ?? acceptedFormat(headers);
  const form = { format, quality: wishes.quality, several: several?.kind };
  qualityOf(encodingOf(form));
  return form;
}

/** @param pictures as many as the form was decided for */
export async function answerPictures(
  { several, ...form }: AnswerForm,
  pictures: readonly MadePicture[],
  origin: SeveralOrigin,
): Promise<PictureAnswer> {
  if (several !== undefined) return severalAnswer({ ...form, kind: several }, pictures, origin);
  const { clock, ...source } = origin;
  const [picture] = pictures as [MadePicture];
  const bytes = await clock.time('encode', () => encode(picture.pixels, encodingOf(form)));
  const answer = pictureAnswer({ bytes, format: form.format, ...source, timings: clock.timings });
  return { ...answer, headers: { ...answer.headers, ...provenanceHeaders([picture]) } };
}

function encodingOf({ format, quality }: Pick<AnswerForm, 'format' | 'quality'>) {
  return quality === undefined ? { format } : { format, quality };
}

/** Who asks for events may ask for pictures beside them; otherwise the result is as if it said nothing. */
function acceptedFormat(headers: IncomingHttpHeaders): OutputFormat {
  const { accept } = headers;
  const format = negotiateOutputFormat(accept);
  if (format !== undefined) return format;
  if (answerMode(headers) === 'events') return 'png';
  throw new NotAcceptableError(
    accept ?? '',
    Object.values(outputFormats).map(({ mediaType }) => mediaType),
  );
}
