import { InvalidArgumentError, UnpairedError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { Dispatcher, lossLimit } from './dispatcher.ts';
import { LaneLostError } from './lane.ts';
import type { LaneEvent, LaneStatus } from './lane-events.ts';
import type { LaneRunResult, ModelSignature } from './lane-messages.ts';
import { LaneSlot, type RestartDelay } from './lane-slot.ts';
import type { PooledModel } from './pooled-model.ts';
import type { Provider } from './providers.ts';
import type { RunOptions } from './run-queue.ts';
import { ModelLoadError } from './session.ts';
import type { SessionOptions } from './session-options.ts';

export interface LanePoolOptions {
  /** Lane processes, at least 1. lanes x threadsPerLane should not exceed `availableThreads()`. */
  readonly lanes: number;
  readonly threadsPerLane: number;
  readonly provider: Provider;
  /** CUDA device of every lane. Default 0. */
  readonly deviceId?: number;
  readonly optimization?: NonNullable<SessionOptions['optimization']>;
  readonly spinning?: boolean;
  /** Runs sent to a lane beyond the one it computes, so that it never waits for the next. Default 1. */
  readonly prefetch?: number;
  /** A run that takes longer counts as hung; its lane is killed and the run tried again. Default: no limit. */
  readonly runTimeoutMilliseconds?: number;
  /** Resident memory above which a lane is replaced after a run, successor first. Default: no ceiling. */
  readonly memoryCeilingBytes?: number;
  /** Most bytes of the caches of sequences in a lane, beside what one run needs. Default: no ceiling. */
  readonly cacheCeilingBytes?: number;
  /** Pause before a dead lane is replaced. Default 100 ms, doubling up to 10 s. */
  readonly restartDelay?: RestartDelay;
  /** Called at once and must not throw. */
  readonly onEvent?: (event: LaneEvent) => void;
}

export interface ModelOnLanes extends ModelSignature {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

export class ModelNotLoadedError extends UnpairedError {
  constructor(key: string, loaded: Iterable<string>) {
    super(`model ${key} is not loaded; loaded are ${[...loaded].join(', ') || '(none)'}`, {
      code: 'MODEL_NOT_LOADED',
      status: 503,
      publicMessage: 'The model is not loaded.',
    });
  }
}

export class LanePoolClosedError extends UnpairedError {
  constructor() {
    super('the lanes are closing', {
      code: 'LANES_CLOSED',
      status: 503,
      publicMessage: 'The service is stopping.',
    });
  }
}

const defaultRestartDelay: RestartDelay = { firstMilliseconds: 100, longestMilliseconds: 10_000 };

/**
 * A fixed number of processes that own sessions; every model is open on every one of them. Nothing here computes, so
 * the pool may live on the thread that serves HTTP.
 */
export class LanePool {
  private readonly slots: readonly LaneSlot[];
  private readonly dispatcher: Dispatcher;
  private readonly models = new Map<string, PooledModel>();
  /** Keys that are being loaded or unloaded. */
  private readonly changing = new Set<string>();
  private readonly ableWaiters: (() => void)[] = [];
  private closing: Promise<void> | undefined;

  private constructor(options: LanePoolOptions) {
    const {
      lanes,
      threadsPerLane,
      prefetch = 1,
      restartDelay = defaultRestartDelay,
      onEvent,
      ...rest
    } = options;
    if (!(Number.isInteger(lanes) && lanes >= 1)) {
      throw new InvalidArgumentError(`the number of lanes must be a whole number from 1 up, got ${lanes}`);
    }
    const own = {
      models: this.models,
      onEvent: onEvent ?? (() => {}),
      onAble: () => this.onAble(),
      mayRecycle: () => this.slots.every((slot) => !slot.isRecycling),
    };
    this.slots = Array.from(
      { length: lanes },
      (_, index) => new LaneSlot({ ...rest, ...own, index, threads: threadsPerLane, restartDelay }),
    );
    this.dispatcher = new Dispatcher(this.slots, prefetch);
  }

  /**
   * Starts the processes; resolves when all are up.
   * @throws ReportedError with code PROVIDER_UNAVAILABLE when a provider asked for by name does not work;
   *   LaneLostError when a process ends before it is up
   */
  static async start(options: LanePoolOptions): Promise<LanePool> {
    const pool = new LanePool(options);
    try {
      await Promise.all(pool.slots.map((slot) => slot.start()));
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  get lanes(): readonly LaneStatus[] {
    return this.dispatcher.lanes;
  }

  get idleLanes(): number {
    return this.lanes.filter((lane) => lane.state === 'idle').length;
  }

  /** How many more runs would be sent to a lane at once, prefetch included; negative when runs wait. */
  get vacancies(): number {
    return this.dispatcher.vacancies;
  }

  /**
   * Opens a model on every lane.
   * @param key name for `run`, free to choose
   * @param sha256 what the file must hash to, now and whenever a lane that comes later opens it. Default: anything will do
   * @throws ReportedError with code MODEL_LOAD_FAILED and ONNX Runtime's reason; then no lane has it open
   */
  async load(key: string, modelPath: string, sha256?: string): Promise<ModelOnLanes> {
    this.refuseWhenClosing();
    if (this.models.has(key) || this.changing.has(key)) {
      throw new InvalidArgumentError(`model ${key} is loaded or being loaded; unload it first`);
    }
    this.changing.add(key);
    try {
      const model: PooledModel = { path: modelPath, sha256, warmUp: undefined };
      const { inputs, outputs } = await this.openEverywhere(key, model);
      this.models.set(key, model);
      const names = (signatures: ModelSignature['inputs']) => signatures.map(({ name }) => name);
      return { inputs, outputs, inputNames: names(inputs), outputNames: names(outputs) };
    } catch (error) {
      await this.shutEverywhere(key);
      throw error;
    } finally {
      this.changing.delete(key);
    }
  }

  /** Refuses new runs of the model, waits for those that were accepted, then frees it. Unknown keys are fine. */
  async unload(key: string): Promise<void> {
    if (!this.models.has(key) || this.changing.has(key)) return;
    this.changing.add(key);
    await this.dispatcher.settled(key);
    this.models.delete(key);
    await this.shutEverywhere(key);
    this.changing.delete(key);
  }

  /**
   * Runs a model once on the least loaded lane; runs that find no room wait in order. A run whose lane dies is tried
   * again on the next free one.
   * @throws LaneDiedError at the last of these deaths; ReportedError with what happened in the lane (FEEDS_INVALID, RUN_FAILED)
   */
  async run(
    key: string,
    feeds: Readonly<Record<string, Tensor>>,
    options: RunOptions = {},
  ): Promise<LaneRunResult> {
    this.refuseWhenClosing();
    if (!this.models.has(key) || this.changing.has(key))
      throw new ModelNotLoadedError(key, this.models.keys());
    return this.dispatcher.run(key, feeds, options);
  }

  /** Frees what lanes keep of a sequence: nothing goes on with it. A lane does so between two runs. */
  forget(sequence: string): void {
    for (const slot of this.slots) slot.forget(sequence);
  }

  /**
   * Runs a model once on every lane that has it open, ahead of what waits; lanes that come later do the first of
   * these runs before they take over. A lane that is lost meanwhile is left out; when all are, the model may be the reason, and it is tried as
   * any run is.
   * @throws as `run`
   */
  async warmUp(key: string, feeds: Readonly<Record<string, Tensor>>): Promise<void> {
    const open = this.slots.filter((slot) => slot.isOpen(key));
    const runs = await Promise.allSettled(open.map((slot) => slot.run(key, feeds).result));
    const failures = runs.filter((run) => run.status === 'rejected').map(({ reason }) => reason as unknown);
    const fault = failures.find((reason) => !(reason instanceof LaneLostError));
    if (fault !== undefined) throw fault;
    if (failures.length === runs.length) await this.run(key, feeds);
    const model = this.models.get(key);
    if (model !== undefined) model.warmUp ??= feeds;
  }

  /** Refuses new work, lets accepted runs finish, then ends the processes. A second call is the same promise. */
  close(): Promise<void> {
    this.closing ??= this.drainAndEnd();
    return this.closing;
  }

  private async drainAndEnd(): Promise<void> {
    this.onAble();
    await this.dispatcher.settled();
    await Promise.all(this.slots.map((slot) => slot.close()));
  }

  private refuseWhenClosing(): void {
    if (this.closing !== undefined) throw new LanePoolClosedError();
  }

  /** Opens the model on all lanes that are live, also on those that become live meanwhile. */
  private async openEverywhere(key: string, model: PooledModel): Promise<ModelSignature> {
    let signature: ModelSignature | undefined;
    for (let losses = 0; ; ) {
      const lacking = this.slots.filter((slot) => slot.live !== undefined && !slot.isOpen(key));
      if (lacking.length === 0 && signature !== undefined) return signature;
      if (lacking.length === 0) await this.someLaneAble();
      this.refuseWhenClosing();
      for (const opening of await Promise.allSettled(lacking.map((slot) => slot.open(key, model)))) {
        if (opening.status === 'fulfilled') signature = opening.value;
        else losses += lossesIn(opening.reason);
      }
      if (losses >= lossLimit)
        throw new ModelLoadError(`lanes died ${losses} times while opening ${model.path}`);
    }
  }

  private async shutEverywhere(key: string): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.shut(key)));
  }

  private someLaneAble(): Promise<void> {
    return new Promise((resolve) => {
      this.ableWaiters.push(resolve);
    });
  }

  private onAble(): void {
    for (const resolve of this.ableWaiters.splice(0)) resolve();
    this.dispatcher.dispatch();
  }
}

/** Lanes lost to the opening itself; any other failure is final and is thrown. */
function lossesIn(reason: unknown): number {
  if (reason instanceof LaneLostError) return reason.wasRunning ? 1 : 0;
  throw reason;
}
