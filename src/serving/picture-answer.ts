import type { FastifyReply } from 'fastify';
import { type OutputFormat, outputFormats } from '../image/index.ts';
import type { ReadyModel } from './open-package.ts';
import { serverTiming, type Timings } from './stage-clock.ts';

/** A picture that was made for a client, and what is said of how. */
export interface PictureAnswer {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PictureOrigin {
  readonly bytes: Uint8Array;
  readonly format: OutputFormat;
  readonly model: ReadyModel;
  readonly timings: Timings;
  readonly provider: string | undefined;
}

export function pictureAnswer({ bytes, format, model, timings, provider }: PictureOrigin): PictureAnswer {
  return {
    bytes,
    mediaType: outputFormats[format].mediaType,
    headers: {
      'server-timing': serverTiming(timings),
      'unpaired-model': model.name,
      'unpaired-model-version': model.version,
      'unpaired-provider': provider ?? 'unknown',
    },
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
