import { StoppingError } from '../errors.ts';
import { asUnpairedError } from '../problems.ts';
import { JobsFullError, JobsPerKeyError, JobUnknownError } from './errors.ts';
import { Job, type JobOrigin, type JobResult } from './job.ts';
import type { Spool } from './spool.ts';
import { type JobState, jobStates } from './states.ts';

export interface JobStoreOptions {
  readonly spool: Spool;
  /** Most jobs that are remembered, ended ones included. */
  readonly limit: number;
  /** Most jobs of one API key that have not ended. */
  readonly limitPerOwner: number;
  /** Milliseconds that an ended job is remembered, with its result. */
  readonly ttl: number;
  /** Whole seconds after which the work at hand is done. */
  readonly retryAfterSeconds: () => number;
  /** Hears of each job that was accepted, and of its end: the service does not stop between the two. */
  readonly observer: { accepted(job: Job): void; ended(job: Job): void };
}

/** What a job comes to. */
export interface JobAnswer extends JobResult {
  readonly bytes: Uint8Array;
}

/** Makes the picture of a job. It calls `ready` as soon as nothing is left to refuse it for at once. */
export type JobWork = (job: Job, ready: () => void) => Promise<JobAnswer>;

/**
 * The jobs of this process. They are in its memory: a service that starts again knows none. A promised result is never
 * given up for a newer one; when there is no room, new jobs are refused.
 */
export class JobStore {
  readonly #options: JobStoreOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #expiries = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  #stopping = false;

  constructor(options: JobStoreOptions) {
    this.#options = options;
  }

  /** Jobs by state. */
  get counts(): Readonly<Record<JobState, number>> {
    const counts = Object.fromEntries(jobStates.map((state) => [state, 0])) as Record<JobState, number>;
    for (const { state } of this.#jobs.values()) counts[state]++;
    return counts;
  }

  /** Bytes of the kept results. */
  get bytes(): number {
    return this.#options.spool.bytes;
  }

  /**
   * Begins a job. Resolves when it is admitted and its picture decoded; until then it fails as a request does that waits for
   * its answer, and leaves nothing behind.
   * @param departed fires when the client leaves before it has heard of the job
   * @throws JobsFullError, JobsPerKeyError, StoppingError, and what the work throws before it is ready
   */
  async accept(origin: JobOrigin, work: JobWork, departed: AbortSignal): Promise<Job> {
    this.#requireRoom();
    this.#requireShare(origin);
    const job = new Job(origin);
    this.#jobs.set(job.id, job);
    const leave = () => void job.cancel();
    departed.addEventListener('abort', leave, { once: true });
    try {
      const answer = await this.#begin(job, work);
      if (this.#stopping) job.fail(new StoppingError(1));
      this.#options.observer.accepted(job);
      void job.ended.then(() => this.#retire(job));
      void this.#finish(job, answer.made);
      return job;
    } catch (error) {
      this.#jobs.delete(job.id);
      throw error;
    } finally {
      departed.removeEventListener('abort', leave);
    }
  }

  /**
   * A job of this client.
   * @throws JobUnknownError
   */
  find(id: string, owner: string | undefined): Job {
    const job = this.#jobs.get(id);
    if (job === undefined || job.origin.owner !== owner) throw new JobUnknownError(id);
    return job;
  }

  /** The bytes of a job that is done. */
  read(job: Job): Promise<Buffer> {
    return this.#options.spool.read(job.id);
  }

  /** Forgets a job that has ended, and its result. */
  async forget(job: Job): Promise<void> {
    clearTimeout(this.#expiries.get(job.id)?.timer);
    this.#expiries.delete(job.id);
    this.#jobs.delete(job.id);
    await this.#options.spool.remove(job.id);
  }

  /** Fails what has not ended, and whatever still comes. */
  stop(): void {
    this.#stopping = true;
    for (const job of this.#jobs.values()) job.fail(new StoppingError(1));
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    this.stop();
    for (const { timer } of this.#expiries.values()) clearTimeout(timer);
    this.#expiries.clear();
    this.#jobs.clear();
    await this.#options.spool.close();
  }

  #requireRoom(): void {
    const { limit, spool } = this.#options;
    if (this.#stopping) throw new StoppingError(1);
    if (this.#jobs.size >= limit)
      throw new JobsFullError(`${limit} jobs are remembered, as many as may be`, this.#secondsToExpiry());
    if (spool.bytes >= spool.maximumBytes)
      throw new JobsFullError(
        `the results of jobs take ${spool.bytes} of ${spool.maximumBytes} bytes`,
        this.#secondsToExpiry(),
      );
  }

  /** Without API keys there is nobody to tell apart. */
  #requireShare({ owner }: JobOrigin): void {
    if (owner === undefined) return;
    const { limitPerOwner, retryAfterSeconds } = this.#options;
    const own = [...this.#jobs.values()].filter((job) => job.active && job.origin.owner === owner);
    if (own.length >= limitPerOwner) throw new JobsPerKeyError(limitPerOwner, retryAfterSeconds());
  }

  /** @returns the answer to come, inside an object: a promise by itself would be waited for */
  async #begin(job: Job, work: JobWork): Promise<{ made: Promise<JobAnswer> }> {
    let ready = () => {};
    const accepted = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const made = work(job, ready);
    await Promise.race([accepted, made]);
    return { made };
  }

  async #finish(job: Job, made: Promise<JobAnswer>): Promise<void> {
    try {
      const { bytes, mediaType, headers } = await made;
      if (!job.active) return;
      await this.#options.spool.keep(job.id, bytes);
      if (!job.succeed({ mediaType, headers })) await this.#options.spool.remove(job.id);
    } catch (error) {
      job.fail(asUnpairedError(error));
    }
  }

  /** An ended job is remembered for a while. */
  #retire(job: Job): void {
    const { ttl, observer } = this.#options;
    const timer = setTimeout(() => void this.forget(job), ttl);
    timer.unref();
    this.#expiries.set(job.id, { at: performance.now() + ttl, timer });
    observer.ended(job);
  }

  #secondsToExpiry(): number {
    const [first] = this.#expiries.values();
    const milliseconds = first === undefined ? this.#options.ttl : first.at - performance.now();
    return Math.max(1, Math.ceil(milliseconds / 1000));
  }
}
