import type { Tensor } from '../core/tensor.ts';
import type { LaneRunResult } from './lane-messages.ts';

/** A run that a caller waits for, from its arrival until it has an answer. */
export interface RunTask {
  /** Order of arrival. */
  readonly sequence: number;
  readonly key: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly resolve: (result: LaneRunResult) => void;
  readonly reject: (error: unknown) => void;
  readonly answer: Promise<LaneRunResult>;
  /** Lanes that may die at work on it before it is given up. */
  readonly lossLimit: number;
  /** Lanes that died at work on it. */
  losses: number;
}

/** Runs that wait for a lane, oldest first; one that comes back from a dead lane takes its old place. */
export class RunQueue implements Iterable<RunTask> {
  private readonly waiting: RunTask[] = [];
  /** Every run without an answer, here or on a lane. */
  private readonly open = new Set<RunTask>();
  private nextSequence = 0;

  get length(): number {
    return this.waiting.length;
  }

  /** A copy, so that runs may be taken out on the way. */
  [Symbol.iterator](): Iterator<RunTask> {
    return [...this.waiting].values();
  }

  enter(key: string, feeds: Readonly<Record<string, Tensor>>, lossLimit: number): RunTask {
    let resolve: RunTask['resolve'] = () => {};
    let reject: RunTask['reject'] = () => {};
    const answer = new Promise<LaneRunResult>((onResult, onError) => {
      resolve = onResult;
      reject = onError;
    });
    const task = {
      sequence: this.nextSequence++,
      key,
      feeds,
      resolve,
      reject,
      answer,
      lossLimit,
      losses: 0,
    };
    this.open.add(task);
    const leave = () => this.open.delete(task);
    answer.then(leave, leave);
    this.waiting.push(task);
    return task;
  }

  /** Puts a run back where it was among those that wait. */
  putBack(task: RunTask): void {
    const index = this.waiting.findIndex((other) => other.sequence > task.sequence);
    this.waiting.splice(index < 0 ? this.waiting.length : index, 0, task);
  }

  take(task: RunTask): void {
    this.waiting.splice(this.waiting.indexOf(task), 1);
  }

  /** Resolves when all runs so far (of one model, or of all) have their answer. */
  async settled(key?: string): Promise<void> {
    const open = [...this.open].filter((task) => key === undefined || task.key === key);
    await Promise.allSettled(open.map((task) => task.answer));
  }
}
