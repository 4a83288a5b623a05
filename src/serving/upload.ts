import { finished } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BodyMalformedError, BodyTooLargeError, type FieldFault, RequestInvalidError } from './errors.ts';

/** What a translation's body holds before it is validated: the pictures' bytes and the fields that came as text. */
export interface RawForm {
  readonly image?: Uint8Array;
  readonly style?: readonly Uint8Array[];
  readonly [field: string]: unknown;
}

/** Room for boundaries, part headers and text fields beside the picture. */
const formOverheadBytes = 64 * 1024;

/** Room for one file and one field more than there may be, so that these are refused by name; a field may hold sixteen codes. */
const limits = { files: 11, fields: 16, parts: 27, fieldSize: 16_384, fieldNameSize: 100, headerPairs: 50 };

/** Teaches an app to take pictures: as multipart/form-data, or as the body itself. */
export async function acceptUploads(app: FastifyInstance, maximumBytes: number): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(multipart, {
    limits: { ...limits, fileSize: maximumBytes },
    // A browser's Blob may come without a file name: its media type tells.
    isPartAFile: (_field, type, file) =>
      file !== undefined || /^(image\/|application\/octet-stream)/.test(type ?? ''),
  });
  const rawPicture = { parseAs: 'buffer', bodyLimit: maximumBytes } as const;
  for (const type of [/^image\//, 'application/octet-stream']) {
    app.addContentTypeParser(
      type,
      rawPicture,
      async (_request: FastifyRequest, image: Buffer) => ({ image }) satisfies RawForm,
    );
  }
}

/**
 * The body of a translation, whichever way it came. A form is read here, with every limit at hand; its fields are
 * text and are validated by the route's schema.
 * @throws BodyTooLargeError, BodyMalformedError, RequestInvalidError
 */
export async function readBody(request: FastifyRequest, maximumBytes: number): Promise<RawForm> {
  if (!request.isMultipart()) return (request.body ?? {}) as RawForm;
  const overflow = limitBody(request, maximumBytes + formOverheadBytes);
  try {
    return await Promise.race([readForm(request), overflow.promise]);
  } catch (thrown) {
    // Most clients look for an answer only when they have sent everything: the rest runs off, up to the limit.
    request.raw.unpipe();
    request.raw.resume();
    await Promise.race([finished(request.raw), overflow.promise]).catch(() => {});
    throw asFormError(thrown, maximumBytes);
  } finally {
    overflow.stop();
  }
}

/** Watches the size of the whole body: the multipart parser limits each part, but not what is around them. */
function limitBody(
  request: FastifyRequest,
  maximumBytes: number,
): { promise: Promise<never>; stop: () => void } {
  let received = 0;
  let stop = () => {};
  const promise = new Promise<never>((_, reject) => {
    const refuse = () => reject(new BodyTooLargeError(maximumBytes));
    const count = (chunk: Buffer) => {
      received += chunk.length;
      if (received > maximumBytes) refuse();
    };
    if (Number(request.headers['content-length']) > maximumBytes) refuse();
    request.raw.on('data', count);
    stop = () => request.raw.off('data', count);
  });
  promise.catch(() => {});
  return { promise, stop };
}

async function readForm(request: FastifyRequest): Promise<RawForm> {
  const form: Record<string, unknown> = {};
  const styles: Uint8Array[] = [];
  for await (const part of request.parts()) {
    const { fieldname: name } = part;
    if (part.type === 'file' && name === 'style') {
      styles.push(await part.toBuffer());
      continue;
    }
    if (name in form) throw fault(name, repeated(name));
    form[name] = part.type === 'file' ? await fileOf(part) : part.value;
    if (part.type === 'field' && part.valueTruncated)
      throw fault(name, `is longer than ${limits.fieldSize} bytes`);
  }
  if (styles.length === 0) return form;
  if ('style' in form) throw fault('style', 'is a text as well as a file; style pictures are files');
  return { ...form, style: styles };
}

function fileOf(part: MultipartFile): Promise<Buffer> {
  if (part.fieldname !== 'image')
    throw fault(
      part.fieldname,
      'is not a file field of this request; the picture goes in "image", style pictures in "style"',
    );
  return part.toBuffer();
}

function repeated(field: string): string {
  return field === 'image' ? 'one picture a request; this one has several' : 'is given more than once';
}

function fault(field: string, message: string): RequestInvalidError {
  return new RequestInvalidError([{ location: 'form', field, message } satisfies FieldFault]);
}

/** The parser's errors in our words. */
function asFormError(thrown: unknown, maximumBytes: number): unknown {
  const { code } = thrown as { code?: unknown };
  if (code === 'FST_REQ_FILE_TOO_LARGE') return new BodyTooLargeError(maximumBytes);
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FILES_LIMIT' || code === 'FST_FIELDS_LIMIT') {
    return new BodyMalformedError(
      `the form has too many parts; at most ${limits.files} files and ${limits.fields} fields are read`,
    );
  }
  const known = thrown instanceof RequestInvalidError || thrown instanceof BodyTooLargeError;
  if (known || !(thrown instanceof Error)) return thrown;
  return new BodyMalformedError(`the multipart form cannot be read: ${thrown.message}`, { cause: thrown });
}
