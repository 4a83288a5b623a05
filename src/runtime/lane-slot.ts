import { messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { Lane, LaneLostError, type LaneOptions, type Ticket } from './lane.ts';
import type { LaneEvent, LaneState, LaneStatus } from './lane-events.ts';
import type { LaneRunResult, ModelSignature } from './lane-messages.ts';
import type { ActiveProvider } from './providers.ts';

/** First and longest wait before a dead lane is replaced; each failure in a row doubles it. */
export interface RestartDelay {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
}

export interface LaneSlotOptions extends LaneOptions {
  readonly restartDelay: RestartDelay;
  /** Path of every model that a lane must have open, by key; read again at each start. */
  readonly models: ReadonlyMap<string, string>;
  readonly onEvent: (event: LaneEvent) => void;
  /** The lane has become able to do something that it was not able to do before. */
  readonly onAble: () => void;
}

/** One place in the pool: a lane, and its successor when it dies. */
export class LaneSlot {
  /** Why a model of the pool is not open here, by key. */
  readonly failures = new Map<string, string>();
  private readonly options: LaneSlotOptions;
  private readonly opened = new Set<string>();
  private lane: Lane | undefined;
  private phase: 'starting' | 'live' | 'dead' | 'closed' = 'starting';
  private comingUp: Promise<void> | undefined;
  private provider: ActiveProvider | undefined;
  private restarts = 0;
  private deathsInARow = 0;
  private failedOpeningsInARow = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: LaneSlotOptions) {
    this.options = options;
  }

  /** @param busy whether the lane has runs to do, which the pool knows */
  status(busy: boolean): LaneStatus {
    const { lane, provider, restarts, options } = this;
    return { index: options.index, pid: lane?.pid, state: this.state(busy), restarts, provider };
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
  async open(key: string, modelPath: string): Promise<ModelSignature> {
    const { index, onEvent } = this.options;
    const start = performance.now();
    try {
      const model = await this.upLane().load(key, modelPath);
      this.opened.add(key);
      onEvent({ type: 'loaded', lane: index, key, milliseconds: performance.now() - start });
      return model;
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
  run(key: string, feeds: Readonly<Record<string, Tensor>>): Ticket<LaneRunResult> {
    const ticket = this.upLane().run(key, feeds);
    const result = ticket.result.then((answer) => {
      // Whatever made lanes die here before is over.
      this.deathsInARow = 0;
      return answer;
    });
    return { result, withdraw: ticket.withdraw };
  }

  /** Ends the lane after what it has; it is not replaced any more. */
  async close(): Promise<void> {
    this.phase = 'closed';
    clearTimeout(this.timer);
    await Promise.allSettled([this.lane?.close(), this.comingUp]);
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
    this.lane = lane;
    this.provider = lane.provider;
    void lane.death.then((reason) => this.onDeath(lane.pid, reason));
    const { pid, provider, note } = lane;
    this.options.onEvent({ type, lane: this.options.index, pid, provider, note });
    await this.openMissing(lane);
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

  private nextMissing(): [key: string, modelPath: string] | undefined {
    return [...this.options.models].find(([key]) => !this.opened.has(key) && !this.failures.has(key));
  }

  private async openOrNote(key: string, modelPath: string): Promise<void> {
    try {
      await this.open(key, modelPath);
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
    this.restarts += 1;
    try {
      await this.bringUp('restarted');
    } catch (error) {
      // A lane that was up and died has told so itself, and its successor is planned.
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
