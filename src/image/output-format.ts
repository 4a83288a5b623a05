import { UnpairedError } from '../core/errors.ts';
import { preferredMediaType } from './accept.ts';

export interface OutputFormatEntry {
  readonly mediaType: string;
  /** 1..100; undefined where the format is lossless and has no quality. */
  readonly defaultQuality: number | undefined;
  /** Longest side in pixels that the format can hold. */
  readonly maximumSide: number;
}

/** In order of preference when a client accepts several alike: exact and fast first. */
export const outputFormats = {
  png: { mediaType: 'image/png', defaultQuality: undefined, maximumSide: 2 ** 31 - 1 },
  jpeg: { mediaType: 'image/jpeg', defaultQuality: 90, maximumSide: 65_500 },
  webp: { mediaType: 'image/webp', defaultQuality: 85, maximumSide: 16_383 },
  avif: { mediaType: 'image/avif', defaultQuality: 60, maximumSide: 16_384 },
} as const satisfies Record<string, OutputFormatEntry>;

export type OutputFormat = keyof typeof outputFormats;

export const outputFormatNames = Object.keys(outputFormats) as OutputFormat[];

/** No such output format. */
export class OutputFormatUnsupportedError extends UnpairedError {
  constructor(seen: string) {
    super(`unknown picture format ${JSON.stringify(seen)}; expected one of ${outputFormatNames.join(', ')}`, {
      code: 'OUTPUT_FORMAT_UNSUPPORTED',
      status: 422,
    });
  }
}

/**
 * Reads a format's name, as `?format=` and file endings carry it: any case, `jpg` is `jpeg`.
 * @throws OutputFormatUnsupportedError
 */
export function parseOutputFormat(name: string): OutputFormat {
  const lower = name.toLowerCase();
  const format = outputFormatNames.find((candidate) => candidate === (lower === 'jpg' ? 'jpeg' : lower));
  if (format === undefined) throw new OutputFormatUnsupportedError(name);
  return format;
}

/**
 * Chooses by an `Accept` header: of equal weights, the first of `outputFormats`. So AVIF, slow to encode, comes only to
 * who prefers it, and `*` or no header give PNG.
 * @returns undefined when the header accepts none of the formats
 */
export function negotiateOutputFormat(accept: string | undefined): OutputFormat | undefined {
  const mediaTypes = outputFormatNames.map((name) => outputFormats[name].mediaType);
  const mediaType = preferredMediaType(accept, mediaTypes);
  return outputFormatNames.find((name) => outputFormats[name].mediaType === mediaType);
}
