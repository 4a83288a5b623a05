import { UnpairedError } from '../../core/errors.ts';
import { RetryLaterError } from '../errors.ts';

/** There is no such job here, or it is another client's: the answer does not tell which. */
export class JobUnknownError extends UnpairedError {
  constructor(id: string) {
    super(
      `there is no job ${id}: it was deleted, its time (JOB_RESULT_TTL_MS) is over, or another process took it: jobs end with the process`,
      { code: 'JOB_UNKNOWN', status: 404 },
    );
  }
}

/** As many jobs as may be are remembered, or their results take as many bytes as they may. */
export class JobsFullError extends RetryLaterError {
  constructor(what: string, retryAfterSeconds: number) {
    const message = `${what}; deleting jobs whose results were fetched makes room`;
    super(message, 'JOBS_FULL', 429, retryAfterSeconds);
  }
}

/** One client has as many jobs under way as it may. */
export class JobsPerKeyError extends RetryLaterError {
  constructor(limit: number, retryAfterSeconds: number) {
    const message = `${limit} jobs of this API key have not ended, as many as may be at one time`;
    super(message, 'JOBS_PER_KEY_REACHED', 429, retryAfterSeconds);
  }
}

/** The result of a job was asked for before there was one. */
export class JobNotDoneError extends RetryLaterError {
  constructor(state: string, retryAfterSeconds: number) {
    super(`the job is ${state}`, 'JOB_NOT_DONE', 409, retryAfterSeconds);
  }
}

/** A job was asked to end with the picture that it has, and has none. */
export class JobNotAcceptableError extends UnpairedError {
  constructor(state: string) {
    super(`the job is ${state}, and has no picture yet that could be taken before its end`, {
      code: 'JOB_NOT_ACCEPTABLE',
      status: 409,
    });
  }
}

export class JobCancelledError extends UnpairedError {
  constructor() {
    super('the job was cancelled', { code: 'JOB_CANCELLED', status: 410 });
  }
}

/** The picture was translated, but could not be kept for the client. */
export class JobResultLostError extends UnpairedError {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(`the result of the job could not be kept: ${reason}`, {
      code: 'JOB_RESULT_LOST',
      status: 507,
      ...options,
    });
  }
}
