import type { FastifyInstance, FastifyRequest } from 'fastify';
import { messageOf } from '../../core/errors.ts';
import { BodyTooLargeError } from '../errors.ts';
import { InferenceInvalidError } from './errors.ts';

/**
 * Largest JSON that is parsed, in bytes: parsing holds the thread that serves everybody for some 10 ms a megabyte.
 * Tensors that are larger come as bytes after the JSON.
 */
export const largestJson = 4 * 1024 * 1024;

/** Takes bodies of JSON and, with `Inference-Header-Content-Length`, of JSON followed by the bytes of tensors. */
export function acceptInference(app: FastifyInstance, maximumBytes: number): void {
  app.decorateRequest('tensorBytes', null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: maximumBytes },
    async (request: FastifyRequest, body: Buffer) => {
      const { json, bytes } = splitBody(body, request.headers['inference-header-content-length']);
      request.tensorBytes = bytes;
      return parseJson(json);
    },
  );
}

/**
 * @param headerLength bytes of JSON at the beginning; without it the whole body is JSON
 * @throws InferenceInvalidError, BodyTooLargeError
 */
export function splitBody(
  body: Buffer,
  headerLength: string | string[] | undefined,
): { json: Buffer; bytes: Buffer } {
  const length = headerLength === undefined ? body.length : jsonLength(headerLength, body.length);
  if (length > largestJson) throw new BodyTooLargeError(largestJson);
  return { json: body.subarray(0, length), bytes: body.subarray(length) };
}

function jsonLength(header: string | string[], bodyLength: number): number {
  const length = /^\d{1,15}$/.test(String(header)) ? Number(header) : 0;
  if (length > 0 && length <= bodyLength) return length;
  throw new InferenceInvalidError(
    `Inference-Header-Content-Length must be the bytes of JSON, 1 to the ${bodyLength} of the body, got "${header}"`,
  );
}

function parseJson(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw new InferenceInvalidError(`the request is not JSON: ${messageOf(cause)}`, { cause });
  }
}
