import { messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { Lane, LaneLostError, type LaneOptions, type Ticket } from './lane.ts';
import type { LaneEvent, LaneState, LaneStatus, RestartReason } from './lane-events.ts';
import type { LaneRunResult, ModelSignature, SequenceStep } from './lane-messages.ts';
import { openSuccessor } from './lane-successor.ts';
import { openOn, type PooledModel } from './pooled-model.ts';
import type { ActiveProvider } from './providers.ts';

/** First and longest wait before a dead lane is replaced; each failure in a row doubles it. */
export interface RestartDelay {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
}

export interface LaneSlotOptions extends LaneOptions {
  readonly restartDelay: RestartDelay;
  /** Resident memory above which the lane is replaced after a run. Default: no ceiling. */
  readonly memoryCeilingBytes?: number;
  /** Whether this place may hold two lanes for a while. */
  readonly mayRecycle: () => boolean;
  /** Every model that a lane must have open, by key; read again at each start. */
  readonly models: ReadonlyMap<string, PooledModel>;
  readonly onEvent: (event: LaneEvent) => void;
  /** The lane has become able to do something that it was not able to do before. */
  readonly onAble: () => void;
}

/** One place in the pool: a lane, and its successor when it dies or has grown too large. */
export class LaneSlot {
  /** Why a model of the pool is not open here, by key. */
  readonly failures = new Map<string, string>();
  private readonly options: LaneSlotOptions;
  private readonly opened = new Map<string, PooledModel>();
  private lane: Lane | undefined;
  private phase: 'starting' | 'live' | 'dead' | 'closed' = 'starting';
  private comingUp: Promise<void> | undefined;
  private provider: ActiveProvider | undefined;
  private readonly restartReasons: Record<RestartReason, number> = { died: 0, hung: 0, memory: 0 };
  private restartReason: RestartReason = 'died';
  private residentBytes: number | undefined;
  private cacheBytes = 0;
  private recycling: Promise<void> | undefined;
  private recyclingNotBefore = 0;
  private deathsInARow = 0;
  private failedOpeningsInARow = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: LaneSlotOptions) {
    this.options = options;
  }

  /** @param busy whether the lane has runs to do, which the pool knows */
  status(busy: boolean): Omit<LaneStatus, 'busySeconds'> {
    const { lane, provider, restartReasons, residentBytes, cacheBytes, options } = this;
    const restarts = Object.values(restartReasons).reduce((sum, count) => sum + count, 0);
    const pid = lane?.pid;
    const state = this.state(busy);
    const { index } = options;
    return { index, pid, state, restarts, restartReasons, residentBytes, cacheBytes, provider };
  }

  /** A successor is being opened beside the lane, or the lane is finishing what it had before that took over. */
  get isRecycling(): boolean {
    return this.recycling !== undefined;
  }

  /** The lane, when it is up and has opened the pool's models as far as they can be opened. */
  get live(): Lane | undefined {
    return this.phase === 'live' && this.lane?.isOver === false ? this.lane : undefined;
  }

  isOpen(key: string): boolean {
    return this.live !== undefined && this.opened.has(key);
  }

  /** First start. Unlike later ones it is not repeated: what fails now is a matter of set-up. */
  start(): Promise<void> {
    this.comingUp = this.bringUp('started');
    return this.comingUp;
  }

  /** @throws ReportedError with the reason; LaneLostError when the lane does not survive it */
  async open(key: string, model: PooledModel): Promise<ModelSignature> {
    const { index, onEvent } = this.options;
    const start = performance.now();
    try {
      const lane = this.upLane();
      const signature = await openOn(lane, key, model);
      // Its successor took over meanwhile, and knows nothing of this model.
      if (this.lane !== undefined && this.lane !== lane) return await this.open(key, model);
      this.opened.set(key, model);
      onEvent({ type: 'loaded', lane: index, key, milliseconds: performance.now() - start });
      return signature;
    } catch (error) {
      onEvent({ type: 'load-failed', lane: index, key, reason: messageOf(error) });
      throw error;
    }
  }

  /** Forgets a model, whether it is open here or not. */
  async shut(key: string): Promise<void> {
    this.failures.delete(key);
    if (this.opened.delete(key)) await this.lane?.unload(key).catch(ignoreLoss);
  }

  /** @throws LaneLostError when the lane is down */
  run(
    key: string,
    feeds: Readonly<Record<string, Tensor>>,
    steps?: readonly SequenceStep[],
  ): Ticket<LaneRunResult> {
    const lane = this.upLane();
    const ticket = lane.run(key, feeds, steps);
    const result = ticket.result.then((answer) => {
      // Whatever made lanes die here before is over.
      this.deathsInARow = 0;
      if (this.lane === lane) this.weigh(lane, answer);
      return answer;
    });
    return { result, withdraw: ticket.withdraw };
  }

  /** Forgets a sequence, kept here or not. */
  forget(sequence: string): void {
    const { live } = this;
    const note = (bytes: number) => {
      if (this.lane === live) this.cacheBytes = bytes;
    };
    live?.forget(sequence).then(note).catch(ignoreLoss);
  }

  /** Ends the lane after what it has; it is not replaced any more. */
  async close(): Promise<void> {
    this.phase = 'closed';
    clearTimeout(this.timer);
    await Promise.allSettled([this.lane?.close(), this.comingUp, this.recycling]);
  }

  private state(busy: boolean): LaneState {
    if (this.live !== undefined) return busy ? 'busy' : 'idle';
    return this.phase === 'starting' ? 'starting' : 'dead';
  }

  private upLane(): Lane {
    if (this.lane === undefined) throw new LaneLostError(`lane ${this.options.index} is down`, false);
    return this.lane;
  }

  private async bringUp(type: 'started' | 'restarted'): Promise<void> {
    this.phase = 'starting';
    const lane = await Lane.start(this.options);
    if (this.isClosed()) return lane.close();
    this.install(lane);
    const { pid, provider, note } = lane;
    this.options.onEvent({ type, lane: this.options.index, pid, provider, note });
    await this.openMissing(lane);
  }

  private install(lane: Lane): void {
    this.lane = lane;
    this.provider = lane.provider;
    this.residentBytes = undefined;
    this.cacheBytes = 0;
    void lane.death.then((reason) => {
      // A predecessor that has handed over ends as well.
      if (this.lane !== lane) return;
      this.restartReason = lane.wasHung ? 'hung' : 'died';
      this.onDeath(lane.pid, reason);
    });
  }

  /** After a run: is the lane too large? A ceiling below what the models need does not make it replaced all the time. */
  private weigh(lane: Lane, { residentBytes, cacheBytes }: LaneRunResult): void {
    this.residentBytes = residentBytes;
    this.cacheBytes = cacheBytes;
    const { memoryCeilingBytes = Number.POSITIVE_INFINITY, mayRecycle, restartDelay } = this.options;
    if (residentBytes <= memoryCeilingBytes || this.phase !== 'live' || this.isRecycling) return;
    if (performance.now() < this.recyclingNotBefore || !mayRecycle()) return;
    this.recycling = this.recycle(lane, residentBytes).finally(() => {
      this.recycling = undefined;
      this.recyclingNotBefore = performance.now() + restartDelay.longestMilliseconds;
    });
  }

  /** Opens a successor beside the lane, lets it take over, and the lane end after what it has. No run is lost. */
  private async recycle(lane: Lane, residentBytes: number): Promise<void> {
    const { index, onEvent, onAble } = this.options;
    const successor = await openSuccessor(this.options, () => this.opened).catch(messageOf);
    if (typeof successor === 'string') {
      onEvent({ type: 'recycling-failed', lane: index, reason: successor });
      return;
    }
    // The lane died meanwhile, and is replaced by another, or it is closing.
    if (this.lane !== lane || this.isClosed()) return successor.lane.close();
    this.install(successor.lane);
    const surplus = [...successor.opened].filter((key) => !this.opened.has(key));
    for (const key of surplus) void successor.lane.unload(key).catch(ignoreLoss);
    this.restartReasons.memory += 1;
    onEvent({ type: 'recycled', lane: index, pid: successor.lane.pid, residentBytes });
    if (this.failures.size > 0) this.openFailedAgain(successor.lane);
    onAble();
    await lane.close();
  }

  /**
   * Opens what the pool has and this lane has not, then counts the lane as live. A model that cannot be opened is
   * tried again later and does not keep the lane from serving the others.
   */
  private async openMissing(lane: Lane): Promise<void> {
    for (let next = this.nextMissing(); next !== undefined; next = this.nextMissing()) {
      await this.openOrNote(...next);
      if (this.lane !== lane || this.isClosed()) return;
    }
    this.phase = 'live';
    if (this.failures.size === 0) this.failedOpeningsInARow = 0;
    else this.later(this.failedOpeningsInARow++, () => this.openFailedAgain(lane));
    this.options.onAble();
  }

  private nextMissing(): [key: string, model: PooledModel] | undefined {
    return [...this.options.models].find(([key]) => !this.opened.has(key) && !this.failures.has(key));
  }

  private async openOrNote(key: string, model: PooledModel): Promise<void> {
    try {
      await this.open(key, model);
    } catch (error) {
      if (error instanceof LaneLostError) throw error;
      this.failures.set(key, messageOf(error));
    }
    // It may have been unloaded meanwhile.
    if (!this.options.models.has(key)) await this.shut(key);
  }

  private openFailedAgain(lane: Lane): void {
    this.failures.clear();
    this.openMissing(lane).catch(ignoreLoss);
  }

  private onDeath(pid: number | undefined, reason: string): void {
    this.lane = undefined;
    this.cacheBytes = 0;
    this.opened.clear();
    this.failures.clear();
    if (this.isClosed()) return;
    this.phase = 'dead';
    const restartInMilliseconds = this.later(this.deathsInARow++, () => {
      this.comingUp = this.restart();
    });
    this.options.onEvent({ type: 'died', lane: this.options.index, pid, reason, restartInMilliseconds });
  }

  private async restart(): Promise<void> {
    this.restartReasons[this.restartReason] += 1;
    try {
      await this.bringUp('restarted');
    } catch (error) {
      // A lane that was up and died has told so itself, and its successor is planned.
      this.restartReason = 'died';
      if (this.phase === 'starting' && this.lane === undefined) this.onDeath(undefined, messageOf(error));
      else ignoreLoss(error);
    }
  }

  /** Plans the next attempt after a pause that doubles with each failure in a row; returns the pause. */
  private later(failuresBefore: number, action: () => void): number {
    const { firstMilliseconds, longestMilliseconds } = this.options.restartDelay;
    const delay = Math.min(firstMilliseconds * 2 ** failuresBefore, longestMilliseconds);
    clearTimeout(this.timer);
    this.timer = setTimeout(action, delay);
    return delay;
  }

  private isClosed(): boolean {
    return this.phase === 'closed';
  }
}

/** A lane that is gone has nothing open; its death is told elsewhere. */
function ignoreLoss(error: unknown): void {
  if (!(error instanceof LaneLostError)) throw error;
}
