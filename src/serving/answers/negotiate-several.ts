import {
  negotiateOutputFormat,
  type OutputFormat,
  outputFormats,
  preferredMediaType,
} from '../../image/index.ts';
import { NotAcceptableError } from '../errors.ts';
import { answerMode } from '../jobs/answers.ts';

/** Media types that hold several pictures, in order of preference when a client accepts several alike. */
export const severalMediaTypes = {
  multipart: 'multipart/mixed',
  json: 'application/json',
  zip: 'application/zip',
} as const;

export type SeveralKind = 'contact-sheet' | keyof typeof severalMediaTypes;

export interface SeveralShape {
  readonly kind: SeveralKind;
  /** Of each picture, or of the sheet. */
  readonly format: OutputFormat;
}

const containers = Object.keys(severalMediaTypes) as (keyof typeof severalMediaTypes)[];
const sheetTypes = Object.values(outputFormats).map(({ mediaType }) => mediaType);
const offered = [...sheetTypes, ...Object.values(severalMediaTypes)];

/**
 * How several pictures are sent to a client, by its `Accept` header with its weights.
 *
 * A picture type, anything, and no header mean one contact sheet. The command of one output, `curl -o out.png`, then
 * works for eight: what it writes opens, and is what its name says, which parts of a multipart answer in a file are not.
 * Who takes the outputs apart in a program names the container that it reads. In a container, pictures have the picture
 * type that the header prefers, if it accepts any: `multipart/mixed, image/webp;q=0.1` is a container of WebP.
 * @throws NotAcceptableError with all that is possible. Who asks for events and nothing else is answered as without a
 *   header: the pictures come later, from the job
 */
export function negotiateSeveral(accept: string | undefined): SeveralShape {
  const mediaType = preferredMediaType(accept, offered);
  if (mediaType !== undefined) {
    const kind = containers.find((container) => severalMediaTypes[container] === mediaType);
    return { kind: kind ?? 'contact-sheet', format: negotiateOutputFormat(accept) ?? 'png' };
  }
  if (answerMode({ accept }) === 'events') return { kind: 'contact-sheet', format: 'png' };
  throw new NotAcceptableError(accept ?? '', offered);
}
