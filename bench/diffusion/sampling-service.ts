import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LanePool } from '../../src/runtime/index.ts';
import type { NamedTensors } from '../../src/serving/batcher.ts';
import { readConfig } from '../../src/serving/index.ts';
import type { LoopRuns } from '../../src/serving/sampling/loop-runs.ts';
import { Scheduler } from '../../src/serving/scheduler.ts';
import { sampledTogether } from '../../src/serving/tuning/batch-policy.ts';
import { unhurried } from '../../src/serving/work.ts';
import type { BenchmarkOptions } from '../options.ts';
import { type DiffusionSize, randomGuidedStep } from './random-diffusion.ts';

const network = 'step';

/** A guided step on one lane, and the service's scheduler, of which no model was tuned. */
export class SamplingService {
  readonly size: { readonly height: number; readonly width: number };
  /** Runs that were made in loops, and the steps in them. */
  readonly shared = { runs: 0, steps: 0 };
  readonly #pool: LanePool;
  readonly #scheduler: Scheduler;
  readonly #signal = new AbortController().signal;

  private constructor(pool: LanePool, side: number) {
    const config = readConfig(process.env);
    const provider = providerOf(pool);
    // Each run that waits listens.
    setMaxListeners(0, this.#signal);
    this.size = { height: side, width: side };
    this.#pool = pool;
    this.#scheduler = new Scheduler(
      pool,
      {
        queueLimit: config.QUEUE_LIMIT,
        maxBatch: config.MAX_BATCH === 'auto' ? sampledTogether(config, provider) : config.MAX_BATCH,
        maxBatchDelay: config.MAX_BATCH_DELAY_MS,
        priorityStep: config.PRIORITY_STEP_MS,
        prefetch: config.LANE_PREFETCH,
      },
      {
        batchDone: ({ items }) => {
          this.shared.runs++;
          this.shared.steps += items;
        },
        dropped: () => {},
      },
    );
  }

  static async start(
    size: DiffusionSize,
    { threads }: Pick<BenchmarkOptions, 'threads'>,
  ): Promise<SamplingService> {
    const { PROVIDER: provider } = readConfig(process.env);
    const pool = await LanePool.start({ lanes: 1, threadsPerLane: threads, provider });
    const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-'));
    try {
      const file = path.join(folder, `${network}.onnx`);
      await writeFile(file, randomGuidedStep(size));
      await pool.load(network, file);
      return new SamplingService(pool, size.side);
    } catch (error) {
      await pool.close();
      throw error;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  get provider(): string {
    return providerOf(this.#pool);
  }

  /** A run on the lane, past the scheduler. */
  async run(feeds: NamedTensors): Promise<NamedTensors> {
    return (await this.#pool.run(network, { ...feeds })).outputs;
  }

  loop(): LoopRuns {
    const loop = randomUUID();
    const work = { ...unhurried, network, maxBatch: Number.POSITIVE_INFINITY, loop, signal: this.#signal };
    return {
      run: async (feeds) => (await this.#scheduler.run({ ...work, feeds })).outputs,
      end: () => this.#scheduler.steps.end(loop),
    };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

function providerOf({ lanes }: LanePool): string {
  return lanes[0]?.provider ?? 'unknown';
}
