/** What an error tells: to whom, with which HTTP status, and whether an operator should hear of it. */
interface ErrorDetails {
  /** Stable, upper-case, machine readable; REFERENCE.md's table of errors has those that the service answers with. */
  readonly code: string;
  /** HTTP status that the service answers with. */
  readonly status: number;
  /** What a client may read; the full message is for the log. Default: the full message. */
  readonly publicMessage?: string;
  /** True when the fault is ours and belongs in the error log. Default: status >= 500. */
  readonly report?: boolean;
  readonly cause?: unknown;
}

/** Base of every error that Unpaired throws on purpose. Subclasses are declared next to their thrower. */
export abstract class UnpairedError extends Error {
  readonly code: string;
  readonly status: number;
  readonly publicMessage: string;
  readonly report: boolean;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.status = details.status;
    this.publicMessage = details.publicMessage ?? message;
    this.report = details.report ?? details.status >= 500;
  }
}

/** A value handed over by the caller is not acceptable: says what was expected and what came. */
export class InvalidArgumentError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'INVALID_ARGUMENT', status: 422, ...options });
  }
}

/** A broken invariant of our own code: never the user's fault. */
export class InternalError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(`internal: ${message}`, {
      code: 'INTERNAL',
      status: 500,
      publicMessage: 'The service met an internal error.',
      ...options,
    });
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
