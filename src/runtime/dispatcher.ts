import { UnpairedError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { BusyClock } from './busy-clock.ts';
import { LaneLostError, type Ticket } from './lane.ts';
import type { LaneStatus } from './lane-events.ts';
import type { LaneRunResult } from './lane-messages.ts';
import type { LaneSlot } from './lane-slot.ts';
import { type RunOptions, RunQueue, type RunTask } from './run-queue.ts';
import { ModelLoadError } from './session.ts';

/**
 * A run was lost with its lane as often as it may be: it is taken for what kills them. Its status is not one that
 * proxies answer by asking the next replica, whose lanes it would kill as well.
 */
export class LaneDiedError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, {
      code: 'LANE_DIED',
      status: 500,
      publicMessage: 'The process that computed the request died, and died again.',
      ...options,
    });
  }
}

/** How often a run, or the opening of a model, may lose its lane before it is given up. */
export const lossLimit = 2;

/** A slot and the runs that its lane has been given, in order. */
interface Place {
  readonly slot: LaneSlot;
  readonly runs: Map<RunTask, Ticket<LaneRunResult>>;
  readonly clock: BusyClock;
}

/** Decides which run goes to which lane, and what becomes of the runs of a lane that dies. */
export class Dispatcher {
  private readonly places: readonly Place[];
  /** Runs that a lane is given at once: the one it computes, and the next. */
  private readonly capacity: number;
  private readonly queue = new RunQueue();

  constructor(slots: readonly LaneSlot[], prefetch: number) {
    this.places = slots.map((slot) => ({ slot, runs: new Map(), clock: new BusyClock() }));
    this.capacity = 1 + prefetch;
  }

  get lanes(): readonly LaneStatus[] {
    return this.places.map(({ slot, runs, clock }) => ({
      ...slot.status(runs.size > 0),
      busySeconds: clock.seconds,
    }));
  }

  /** How many more runs would be sent to a lane at once; negative when runs wait. */
  get vacancies(): number {
    const free = this.places.map(({ slot, runs }) =>
      slot.live === undefined ? 0 : this.capacity - runs.size,
    );
    return free.reduce((sum, count) => sum + count, 0) - this.queue.length;
  }

  run(
    key: string,
    feeds: Readonly<Record<string, Tensor>>,
    options: RunOptions = {},
  ): Promise<LaneRunResult> {
    const task = this.queue.enter(key, feeds, options);
    this.dispatch();
    return task.answer;
  }

  /** Resolves when all runs so far (of one model, or of all) have their answer. */
  settled(key?: string): Promise<void> {
    return this.queue.settled(key);
  }

  /**
   * Gives waiting runs, oldest first, to lanes with room. A run passes an older one only when the older one's model is
   * not open on that lane, or that one's sequences are on another.
   */
  dispatch(): void {
    for (const task of this.queue) {
      const place = this.placeFor(task);
      const hopeless = this.whyHopeless(task.key);
      if (place === undefined && hopeless === undefined) continue;
      this.queue.take(task);
      if (place !== undefined) this.hand(task, place);
      else task.reject(new ModelLoadError(`model ${task.key} is open on no lane: ${hopeless}`));
    }
    for (const place of this.places) this.relieve(place);
  }

  /** The lane that the run asks for, if it can run it at all, and has room or the run's sequences; or the least loaded. */
  private placeFor({ key, options: { lane, steps } }: RunTask): Place | undefined {
    const hasRoom = ({ runs }: Place) => runs.size < this.capacity;
    const asked = lane === undefined ? undefined : this.places[lane];
    if (asked?.slot.isOpen(key)) {
      if (hasRoom(asked)) return asked;
      if (steps !== undefined) return undefined;
    }
    const able = this.places.filter((place) => hasRoom(place) && place.slot.isOpen(key));
    return able.sort((a, b) => a.runs.size - b.runs.size)[0];
  }

  /** Why a model is not to be had on any lane at present; undefined when it is, or may be soon. */
  private whyHopeless(key: string): string | undefined {
    const reasons = this.places.map(({ slot }) => slot.failures.get(key));
    return reasons.includes(undefined) ? undefined : reasons[0];
  }

  /** A lane without work takes over a run that was prefetched by a busy one, unless that has its sequences. */
  private relieve(idle: Place): void {
    if (idle.runs.size > 0) return;
    for (const { runs } of this.places) {
      const [, ...prefetched] = runs;
      const next = prefetched.find(
        ([{ key, options }]) => options.steps === undefined && idle.slot.isOpen(key),
      );
      if (next === undefined) continue;
      const [task, ticket] = next;
      ticket.withdraw();
      runs.delete(task);
      this.hand(task, idle);
      return;
    }
  }

  /** @param place one whose lane is live */
  private hand(task: RunTask, { slot, runs, clock }: Place): void {
    const ticket = slot.run(task.key, task.feeds, task.options.steps);
    runs.set(task, ticket);
    clock.set(true);
    const settle = (answer: () => void) => {
      runs.delete(task);
      clock.set(runs.size > 0);
      answer();
      this.dispatch();
    };
    ticket.result.then(
      (result) => settle(() => task.resolve(result)),
      (error: unknown) => settle(() => this.retryOrReject(task, error)),
    );
  }

  private retryOrReject(task: RunTask, error: unknown): void {
    const isLost = error instanceof LaneLostError;
    if (isLost && error.wasRunning) task.losses += 1;
    if (!isLost) task.reject(error);
    else if (task.losses < (task.options.lossLimit ?? lossLimit)) this.queue.putBack(task);
    else task.reject(new LaneDiedError(lossMessage(task, error), { cause: error }));
  }
}

function lossMessage(task: RunTask, last: LaneLostError): string {
  const times = task.losses === 1 ? 'once' : `${task.losses} times`;
  return `a run of model ${task.key} lost its lane ${times}; the last time, ${last.message}`;
}
