import { setMaxListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../../src/core/random.ts';
import { type Tensor, tensor } from '../../src/core/tensor.ts';
import { serialize } from '../../src/onnx/serialize.ts';
import { availableThreads, LanePool } from '../../src/runtime/index.ts';
import { laneLayout, readConfig } from '../../src/serving/index.ts';
import { drawCodeMap } from '../../src/serving/sampling/draw-code-map.ts';
import type { SequenceRuns } from '../../src/serving/sampling/sequence-runs.ts';
import { Scheduler } from '../../src/serving/scheduler.ts';
import { unhurried } from '../../src/serving/work.ts';
import { parseTrainingConfig } from '../../src/training/config/index.ts';
import { untrainedGenerator } from '../serving/full-size-model.ts';
import { filters, newSampling } from './map-generators.ts';
import type { RandomPrior } from './random-prior.ts';

/** Side of the pictures that are translated, in pixels. */
export const pictureSide = 64;

/** A generator that takes a few milliseconds. */
const translationConfig = parseTrainingConfig({
  method: 'cut',
  data: 'none',
  options: { generator: { filters: 8 }, initialization: { type: 'xavier', gain: 1 } },
});

/** What draws maps and translates in the service: its scheduler, on its lanes, with its settings, of which no model was tuned. */
export class DrawingService {
  readonly layout: { readonly lanes: number; readonly threadsPerLane: number };
  readonly #pool: LanePool;
  readonly #scheduler: Scheduler;
  readonly #runs: SequenceRuns;
  readonly #signal = new AbortController().signal;

  private constructor(pool: LanePool, layout: DrawingService['layout']) {
    const config = readConfig(process.env);
    this.layout = layout;
    // Each run that waits listens.
    setMaxListeners(0, this.#signal);
    this.#pool = pool;
    this.#scheduler = new Scheduler(
      pool,
      {
        queueLimit: config.QUEUE_LIMIT,
        maxBatch: config.MAX_BATCH === 'auto' ? 1 : config.MAX_BATCH,
        maxStepBatch: config.MAX_STEP_BATCH,
        maxBatchDelay: config.MAX_BATCH_DELAY_MS,
        priorityStep: config.PRIORITY_STEP_MS,
        prefetch: config.LANE_PREFETCH,
      },
      { batchDone: () => {}, dropped: () => {} },
    );
    this.#runs = this.#sequenceRuns();
  }

  static async start({ laneGraph }: Pick<RandomPrior, 'laneGraph'>): Promise<DrawingService> {
    const config = readConfig(process.env);
    const layout = laneLayout(config, availableThreads());
    const cacheCeilingBytes = config.LANE_CACHE_MB * 2 ** 20;
    const pool = await LanePool.start({ ...layout, provider: config.PROVIDER, cacheCeilingBytes });
    const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-'));
    const networks = {
      prior: serialize(laneGraph),
      generator: untrainedGenerator(translationConfig).generator.bytes,
    };
    try {
      for (const [name, bytes] of Object.entries(networks)) {
        const file = path.join(folder, `${name}.onnx`);
        await writeFile(file, bytes);
        await pool.load(name, file);
      }
      return new DrawingService(pool, layout);
    } catch (error) {
      await pool.close();
      throw error;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** @returns the codes of a map from nothing */
  async draw(seed: number): Promise<Int32Array> {
    const random = Random.of(seed, 'codes');
    return (await drawCodeMap(newSampling(), { runs: this.#runs, random, filters })).codes;
  }

  /**
   * Translates a picture of its own for each seed.
   * @param deadline until which it must have begun, on the clock of performance.now()
   * @throws DeadlineExceededError
   */
  async translate(seed: number, deadline = Number.POSITIVE_INFINITY): Promise<Tensor> {
    const random = Random.of(seed, 'picture');
    const dims = [1, pictureSide, pictureSide, 3];
    const picture = tensor(
      'uint8',
      dims,
      Uint8Array.from({ length: pictureSide ** 2 * 3 }, () => random.integer(256)),
    );
    const work = { network: 'generator', feeds: { picture }, maxBatch: Number.POSITIVE_INFINITY };
    const { outputs } = await this.#scheduler.run({ ...unhurried, ...work, deadline, signal: this.#signal });
    return outputs.translation as Tensor;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #sequenceRuns(): SequenceRuns {
    return {
      step: async (feeds, step) => {
        const work = { network: 'prior', feeds, step, maxBatch: Number.POSITIVE_INFINITY };
        const { outputs, missing } = await this.#scheduler.run({
          ...unhurried,
          ...work,
          signal: this.#signal,
        });
        return missing ? undefined : outputs;
      },
      forget: (sequence) => this.#scheduler.forget(sequence),
    };
  }
}
