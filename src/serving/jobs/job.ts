import { randomUUID } from 'node:crypto';
import type { UnpairedError } from '../../core/errors.ts';
import { toProblem } from '../problems.ts';
import type { WorkWatcher } from '../work.ts';
import type { Acceptance } from './acceptance.ts';
import { JobNotAcceptableError } from './errors.ts';
import { JobEvents } from './job-events.ts';
import type { Preview, PreviewWatcher } from './previews.ts';
import type { JobDocument } from './schemas.ts';
import type { JobState } from './states.ts';

/** Whose job it is, and what for. */
export interface JobOrigin {
  /** Name of the API key; undefined where none is needed. */
  readonly owner: string | undefined;
  readonly model: string;
  /** Of the request that asked for it, as its x-request-id. */
  readonly requestId: string;
}

/** A kept picture, without its bytes. */
export interface JobResult {
  readonly mediaType: string;
  /** Headers of the answer that say how it was made. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A translation that its client does not wait for. Its state goes one way, and only once to a final one. */
export class Job implements WorkWatcher, PreviewWatcher, Acceptance {
  readonly id = randomUUID();
  readonly origin: JobOrigin;
  readonly events = new JobEvents();
  /** Resolves with the final state. */
  readonly ended: Promise<void>;
  /** Resolves when the client takes the pictures as they are. */
  readonly accepted: Promise<void>;
  readonly #controller = new AbortController();
  readonly #createdAt = new Date();
  #startedAt: Date | undefined;
  #endedAt: Date | undefined;
  #state: JobState = 'queued';
  #progress: number | undefined;
  #remaining: number | undefined;
  #isAcceptable = false;
  #position: () => number | undefined = () => undefined;
  #result: JobResult | undefined;
  #error: UnpairedError | undefined;
  #resolveEnded = () => {};
  #resolveAccepted = () => {};

  constructor(origin: JobOrigin) {
    this.origin = origin;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.accepted = new Promise((resolve) => {
      this.#resolveAccepted = resolve;
    });
    this.events.emit('state', this.describe());
  }

  get state(): JobState {
    return this.#state;
  }

  /** False in a final state. */
  get active(): boolean {
    return this.#endedAt === undefined;
  }

  /** Fires when nobody wants the result any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Present when done. */
  get result(): JobResult | undefined {
    return this.#result;
  }

  /** Present when failed. */
  get error(): UnpairedError | undefined {
    return this.#error;
  }

  queued(position: () => number): void {
    this.#position = position;
  }

  started(): void {
    if (this.#state !== 'queued') return;
    this.#state = 'running';
    this.#startedAt = new Date();
    this.events.emit('state', this.describe());
  }

  /**
   * @param fraction of the work that is done, 0 to 1
   * @param remaining milliseconds that the rest may take
   */
  report(fraction: number, remaining?: number): void {
    if (!this.active) return;
    this.#progress = fraction;
    this.#remaining = remaining === undefined ? undefined : Math.round(remaining);
    this.events.emit('progress', { progress: fraction, ...this.#timeLeft() });
  }

  acceptable(): void {
    this.#isAcceptable = true;
  }

  /**
   * Its pictures are taken as they are, so that it ends soon. One that is done stays as it is.
   * @throws JobNotAcceptableError when there is nothing to take
   */
  accept(): void {
    if (this.#state === 'done') return;
    if (!this.active || !this.#isAcceptable) throw new JobNotAcceptableError(this.#state);
    this.#resolveAccepted();
  }

  /** Whether somebody would see a preview. */
  get watched(): boolean {
    return this.active && this.events.heard;
  }

  preview(preview: Preview): void {
    if (this.active) this.events.emit('preview', preview);
  }

  /** @returns false when it had ended before */
  succeed(result: JobResult): boolean {
    return this.#end('done', () => {
      this.#result = result;
      this.#progress = 1;
    });
  }

  fail(error: UnpairedError): boolean {
    return this.#end('failed', () => {
      this.#error = error;
    });
  }

  cancel(): boolean {
    return this.#end('cancelled', () => {});
  }

  /** As clients see it. */
  describe(): JobDocument {
    const path = `/jobs/${this.id}`;
    const position = this.#state === 'queued' ? this.#position() : undefined;
    return {
      id: this.id,
      model: this.origin.model,
      state: this.#state,
      ...(position === undefined ? {} : { position }),
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
      ...(this.active && this.#timeLeft()),
      createdAt: this.#createdAt.toISOString(),
      ...(this.#startedAt && { startedAt: this.#startedAt.toISOString() }),
      ...(this.#endedAt && { endedAt: this.#endedAt.toISOString() }),
      events: `${path}/events`,
      ...(this.#result && { result: `${path}/result` }),
      ...(this.#error && { problem: toProblem(this.#error, { url: path, id: this.origin.requestId }) }),
    };
  }

  #timeLeft(): Pick<JobDocument, 'remainingMs'> {
    return this.#remaining === undefined ? {} : { remainingMs: this.#remaining };
  }

  #end(state: JobState, record: () => void): boolean {
    if (!this.active) return false;
    this.#state = state;
    this.#endedAt = new Date();
    record();
    this.events.emit('state', this.describe());
    this.#controller.abort();
    this.#resolveEnded();
    return true;
  }
}
