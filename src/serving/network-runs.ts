import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { NamedTensors } from './batcher.ts';
import type { ExpectedSteps } from './expected-runs.ts';
import type { ReadyModel } from './open-package.ts';
import { RunClock } from './run-clock.ts';
import type { LoopRuns } from './sampling/loop-runs.ts';
import type { SequenceRuns } from './sampling/sequence-runs.ts';
import type { Scheduler } from './scheduler.ts';
import type { StageClock } from './stage-clock.ts';
import type { RunNetwork } from './translators/translator.ts';
import type { Urgency, Work, WorkResult, WorkWatcher } from './work.ts';

export interface NetworkRunsOptions {
  readonly model: Pick<ReadyModel, 'translator' | 'networkKey'>;
  readonly scheduler: Pick<Scheduler, 'run' | 'forget' | 'steps'>;
  /** Takes the times. */
  readonly clock: StageClock;
  readonly urgency: Urgency;
  readonly watcher?: WorkWatcher | undefined;
  /** Fires when the client has left. */
  readonly signal: AbortSignal;
}

/** The runs of one request, one after the other or side by side: through the scheduler, with the times going to the clock. */
export class NetworkRuns {
  readonly #options: NetworkRunsOptions;
  readonly #clock: RunClock;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #pending = new Set<Promise<unknown>>();
  #expected: ExpectedSteps | undefined;
  #firstQueuedAt: number | undefined;
  #begun = false;

  constructor(options: NetworkRunsOptions) {
    this.#options = options;
    this.#clock = new RunClock(options.clock);
    this.#signal = AbortSignal.any([options.signal, this.#failed.signal]);
    // Each run that waits listens; more than ten of a request are no leak.
    setMaxListeners(0, this.#signal);
  }

  /**
   * Runs a network of the model. When one run fails, those of the request that wait are dropped. Once one has succeeded the
   * request has begun and is finished, whatever its deadline; and its later runs come before requests that were queued
   * after its first, or it would queue as often as it has steps.
   */
  readonly run: RunNetwork = async (network, feeds) => (await this.#run(network, feeds)).outputs;

  /** Sequences and loops, of which there are so many side by side, will have so many runs in all, of one network of the model. */
  expect(network: string, count: number, sideBySide: number): void {
    const { model, scheduler } = this.#options;
    this.#expected = scheduler.steps.expect(model.networkKey(network), count, sideBySide);
  }

  /** The same as `run` for steps of sequences by one network of the model. */
  sequences(network: string): SequenceRuns {
    return {
      step: async (feeds, step) => {
        const { outputs, missing } = await this.#run(network, feeds, { step });
        return missing ? undefined : outputs;
      },
      forget: (sequence) => this.#options.scheduler.forget(sequence),
    };
  }

  /** The same for a loop of runs of one network of the model, each made from what the one before it gave. */
  loop(network: string): LoopRuns {
    const loop = randomUUID();
    return {
      run: async (feeds) => (await this.#run(network, feeds, { loop })).outputs,
      end: () => this.#options.scheduler.steps.end(loop),
    };
  }

  async #run(
    network: string,
    feeds: NamedTensors,
    place: Pick<Work, 'step' | 'loop'> = {},
  ): Promise<WorkResult> {
    const { model, scheduler, urgency, watcher } = this.#options;
    this.#firstQueuedAt ??= performance.now();
    const work = {
      ...urgency,
      ...(this.#begun && { deadline: Number.POSITIVE_INFINITY }),
      requestedAt: this.#firstQueuedAt,
      network: model.networkKey(network),
      feeds,
      maxBatch: model.translator.maxBatch(network, feeds),
      ...place,
      watcher,
      signal: this.#signal,
    };
    const running = this.#clock.time(() => scheduler.run(work));
    this.#pending.add(running);
    try {
      const result = await running;
      this.#begun = true;
      if (place.step ?? place.loop) this.#expected?.made();
      return result;
    } catch (thrown) {
      this.#failed.abort();
      throw thrown;
    } finally {
      this.#pending.delete(running);
    }
  }

  /**
   * Nothing is run for the request from now on. Calls back when no lane computes for it any more: at once, unless one of its
   * runs has failed while others were on lanes. These keep its places, also when the answer is an error and out already.
   */
  end(over: () => void = () => {}): void {
    this.#failed.abort();
    this.#expected?.end();
    if (this.#pending.size === 0) over();
    else void Promise.allSettled(this.#pending).then(over);
  }
}
