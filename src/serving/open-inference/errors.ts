import type { FastifyReply, FastifyRequest } from 'fastify';
import { UnpairedError } from '../../core/errors.ts';
import { RequestInvalidError, RouteNotFoundError } from '../errors.ts';
import { reportProblem } from '../problems.ts';

/** The request is not what the protocol or the model asks for. */
export class InferenceInvalidError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'INFERENCE_INVALID', status: 400, ...options });
  }
}

/**
 * Errors as the protocol has them: `{"error": "..."}` with the status of the problem, and 400 for all that the request is
 * to blame for.
 */
export function sendInferenceError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = reportProblem(thrown, request, reply);
  return reply
    .code(error.status === 422 ? 400 : error.status)
    .type('application/json')
    .send(JSON.stringify({ error: messageFor(error) }));
}

function messageFor(error: UnpairedError): string {
  if (!(error instanceof RequestInvalidError)) return error.publicMessage;
  return error.faults.map(({ field, message }) => `${field || 'the request'}: ${message}`).join('; ');
}

export function sendInferenceNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ''] = request.url.split('?', 1);
  return sendInferenceError(new RouteNotFoundError(request.method, path), request, reply);
}
