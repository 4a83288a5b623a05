import type { FastifyReply } from 'fastify';
import { type OutputFormat, outputFormats } from '../image/index.ts';
import type { ReadyModel } from './open-package.ts';
import { serverTiming, type Timings } from './stage-clock.ts';

/** A picture that was made for a client, or several in one file, and what is said of how. */
export interface PictureAnswer {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What made a picture. */
export interface PictureSource {
  readonly model: Pick<ReadyModel, 'name' | 'version'>;
  readonly provider: string | undefined;
}

export interface PictureOrigin extends PictureSource {
  readonly timings: Timings;
  readonly bytes: Uint8Array;
  readonly format: OutputFormat;
}

export function pictureAnswer({ bytes, format, ...origin }: PictureOrigin): PictureAnswer {
  return { bytes, mediaType: outputFormats[format].mediaType, headers: originHeaders(origin) };
}

export function originHeaders({
  model,
  timings,
  provider,
}: PictureSource & { readonly timings: Timings }): Record<string, string> {
  return {
    'server-timing': serverTiming(timings),
    'unpaired-model': model.name,
    'unpaired-model-version': model.version,
    'unpaired-provider': provider ?? 'unknown',
  };
}

export function sendPicture(reply: FastifyReply, { bytes, mediaType, headers }: PictureAnswer): FastifyReply {
  return reply
    .headers(headers)
    .header('cache-control', 'no-store')
    .header('vary', 'accept')
    .type(mediaType)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
