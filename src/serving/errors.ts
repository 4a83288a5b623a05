import { UnpairedError } from '../core/errors.ts';

/** One field of a request that is not acceptable. */
export interface FieldFault {
  /** Where the field is: path, query, form, header or body. */
  readonly location: 'path' | 'query' | 'form' | 'header' | 'body';
  readonly field: string;
  readonly message: string;
}

/** The request is well-formed, but one or more of its fields are not acceptable. */
export class RequestInvalidError extends UnpairedError {
  readonly faults: readonly FieldFault[];

  constructor(faults: readonly FieldFault[]) {
    const detail = faults
      .map((fault) => `${fault.location} field "${fault.field}": ${fault.message}`)
      .join('; ');
    super(detail, { code: 'REQUEST_INVALID', status: 422 });
    this.faults = faults;
  }
}

/** The form or body cannot be read as what its content type says. */
export class BodyMalformedError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'BODY_MALFORMED', status: 400, ...options });
  }
}

export class BodyTooLargeError extends UnpairedError {
  /** @param limit bytes, where they are known */
  constructor(limit?: number) {
    super(
      `the request body is larger than ${limit === undefined ? 'the service accepts' : `${limit} bytes`}`,
      { code: 'BODY_TOO_LARGE', status: 413 },
    );
  }
}

export class MediaTypeError extends UnpairedError {
  constructor(seen: string | undefined) {
    super(
      `send multipart/form-data with the file field "image" (curl -F image=@picture.jpg), or the picture itself ` +
        `with its type (curl -H 'Content-Type: image/jpeg' --data-binary @picture.jpg); ` +
        `got ${seen === undefined ? 'no Content-Type' : `Content-Type "${seen}"`}`,
      { code: 'MEDIA_TYPE_UNSUPPORTED', status: 415 },
    );
  }
}

export class NotAcceptableError extends UnpairedError {
  constructor(accept: string, offered: readonly string[]) {
    super(`the service answers with ${offered.join(', ')}; Accept allows only "${accept}"`, {
      code: 'NOT_ACCEPTABLE',
      status: 406,
    });
  }
}

export class RouteNotFoundError extends UnpairedError {
  constructor(method: string, path: string) {
    super(`there is no ${method} ${path}; the routes are listed at /docs`, {
      code: 'ROUTE_NOT_FOUND',
      status: 404,
    });
  }
}

/** An error that passes when the client waits. */
export abstract class RetryLaterError extends UnpairedError {
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;

  constructor(message: string, code: string, status: number, retryAfterSeconds: number) {
    super(message, { code, status, report: false });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The bounded queue has no place left. */
export class OverloadedError extends RetryLaterError {
  constructor(waiting: number, limit: number, retryAfterSeconds: number) {
    super(`${waiting} of ${limit} places in the queue are taken`, 'OVERLOADED', 429, retryAfterSeconds);
  }
}

/** Its deadline passed before a lane could begin, or certainly would. */
export class DeadlineExceededError extends RetryLaterError {
  constructor(retryAfterSeconds: number) {
    const message = 'no lane is free before the deadline of this request (X-Request-Timeout or timeout)';
    super(message, 'DEADLINE_EXCEEDED', 504, retryAfterSeconds);
  }
}

/** The service is about to end; another replica should be asked. */
export class StoppingError extends RetryLaterError {
  constructor(retryAfterSeconds: number) {
    super('the service is stopping', 'STOPPING', 503, retryAfterSeconds);
  }
}

/** The client closed the connection before its answer was ready. Nobody reads this status; logs and metrics do. */
export class ClientLeftError extends UnpairedError {
  constructor() {
    super('the client closed the connection before its answer was ready', {
      code: 'CLIENT_LEFT',
      status: 499,
      report: false,
    });
  }
}
