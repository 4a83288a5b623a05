import type { FastifyReply, FastifyRequest } from 'fastify';
import { InternalError, UnpairedError } from '../core/errors.ts';
import {
  BodyMalformedError,
  BodyTooLargeError,
  MediaTypeError,
  RequestInvalidError,
  RetryLaterError,
  RouteNotFoundError,
} from './errors.ts';
import { fieldFaults, type ValidatedRequest, type ValidationFailure } from './field-faults.ts';
import { problemTitle, problemType } from './problem-table.ts';
import type { Problem } from './schemas.ts';

export const problemMediaType = 'application/problem+json';

/** The problem document of an error. Only what the error says may be public leaves the house. */
export function toProblem(error: UnpairedError, request: { url: string; id: string }): Problem {
  return {
    type: problemType(error.code),
    title: problemTitle(error.code),
    status: error.status,
    detail: error.publicMessage,
    code: error.code,
    instance: pathOf(request.url),
    requestId: request.id,
    ...(error instanceof RequestInvalidError ? { errors: error.faults.map((fault) => ({ ...fault })) } : {}),
  };
}

/** Answers with a problem document. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = reportProblem(thrown, request, reply);
  // A string, so that no serializer of the route's answer looks at it.
  return reply
    .code(error.status)
    .type(problemMediaType)
    .send(JSON.stringify(toProblem(error, request)));
}

/**
 * What every answer of an error has, whatever its form: headers, and a line in a log. Errors that are ours go to the error
 * log, the others to the debug log.
 */
export function reportProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): UnpairedError {
  const error = asUnpairedError(thrown, request);
  if (error.report) request.log.error({ err: thrown, code: error.code }, error.message);
  else request.log.debug({ code: error.code }, error.message);
  if (error instanceof RetryLaterError) reply.header('retry-after', String(error.retryAfterSeconds));
  // The rest of a body that was too large is not worth reading.
  if (error.status === 413) reply.header('connection', 'close');
  request.problemCode = error.code;
  return error;
}

export function sendRouteNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(new RouteNotFoundError(request.method, pathOf(request.url)), request, reply);
}

/** An error of HTTP or of the framework for which there is no class of ours. */
class HttpError extends UnpairedError {}

/** Whatever was thrown, as one of our errors. @param request that it was thrown at, where that is at hand */
export function asUnpairedError(thrown: unknown, request?: ValidatedRequest): UnpairedError {
  if (thrown instanceof UnpairedError) return thrown;
  if (!(thrown instanceof Error)) return new InternalError(String(thrown));
  const { code, statusCode = 500 } = thrown as { code?: string; statusCode?: number };
  if ('validation' in thrown) {
    return new RequestInvalidError(fieldFaults(thrown as ValidationFailure, request));
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new MediaTypeError(request?.headers['content-type']);
  if (statusCode === 413) return new BodyTooLargeError();
  if (statusCode === 400) return new BodyMalformedError(thrown.message, { cause: thrown });
  if (statusCode >= 500) return new InternalError(thrown.message, { cause: thrown });
  return new HttpError(thrown.message, { code: 'REQUEST_REFUSED', status: statusCode, cause: thrown });
}

/**
 * The whole response to what could not even be read as a request, as bytes for the socket: there is no reply object
 * for it.
 */
export function rawProblemResponse(cause: NodeJS.ErrnoException, requestId: string): string {
  const error = unreadable(cause);
  const body = JSON.stringify(toProblem(error, { url: '', id: requestId }));
  return [
    `HTTP/1.1 ${error.status} ${problemTitle(error.code)}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function unreadable(cause: NodeJS.ErrnoException): UnpairedError {
  switch (cause.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpError('the request did not arrive in time', { code: 'REQUEST_TIMEOUT', status: 408 });
    case 'HPE_HEADER_OVERFLOW':
      return new HttpError('the request headers are too large', { code: 'HEADERS_TOO_LARGE', status: 431 });
    default:
      return new HttpError('this is not an HTTP/1.1 request', { code: 'HTTP_MALFORMED', status: 400 });
  }
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] as string;
}
