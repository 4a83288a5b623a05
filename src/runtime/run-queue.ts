import type { Tensor } from '../core/tensor.ts';
import type { LaneRunResult, SequenceStep } from './lane-messages.ts';

/** What a run may ask for. */
export interface RunOptions {
  /** Lanes that the run may lose before it is given up. Default 2. */
  readonly lossLimit?: number | undefined;
  /** Index of the lane that should do it, when that is up and has the model open. Default: the least loaded. */
  readonly lane?: number | undefined;
  /**
   * One an item, when they go on with sequences whose keys and values their lane keeps: then it waits for its lane, and
   * another says that it has them not.
   */
  readonly steps?: readonly SequenceStep[] | undefined;
}

/** A run that a caller waits for, from its arrival until it has an answer. */
export interface RunTask {
  /** Order of arrival. */
  readonly sequence: number;
  readonly key: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly resolve: (result: LaneRunResult) => void;
  readonly reject: (error: unknown) => void;
  readonly answer: Promise<LaneRunResult>;
  readonly options: RunOptions;
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

  enter(key: string, feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}): RunTask {
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
      options,
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
