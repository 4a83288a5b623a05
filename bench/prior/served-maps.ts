import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Random } from '../../src/core/random.ts';
import { serialize } from '../../src/onnx/serialize.ts';
import { availableThreads, LanePool } from '../../src/runtime/index.ts';
import { laneLayout, readConfig } from '../../src/serving/index.ts';
import { drawCodeMap } from '../../src/serving/sampling/draw-code-map.ts';
import type { SequenceRuns } from '../../src/serving/sampling/sequence-runs.ts';
import { Scheduler } from '../../src/serving/scheduler.ts';
import { unhurried } from '../../src/serving/work.ts';
import { differences, filters, newSampling, timed } from './map-generators.ts';
import type { RandomPrior } from './random-prior.ts';

export interface ServedMaps {
  readonly lanes: number;
  readonly threadsPerLane: number;
  /** Maps of a run of `togetherTimes`. */
  readonly maps: number;
  /** Milliseconds of one map alone, and of several at once, by turns. */
  readonly aloneTimes: readonly number[];
  readonly togetherTimes: readonly number[];
  /** Codes of the map that was alone which differ among others, of all that were drawn alone. */
  readonly differing: number;
  readonly drawn: number;
}

/** Times maps one at a time and several at once, as the service draws them: with its scheduler, on its lanes. */
export async function measureServedMaps(
  { laneGraph }: Pick<RandomPrior, 'laneGraph'>,
  { maps, seconds }: { readonly maps: number; readonly seconds: number },
): Promise<ServedMaps> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-'));
  const config = readConfig(process.env);
  const layout = laneLayout(config, availableThreads());
  const cacheCeilingBytes = config.LANE_CACHE_MB * 2 ** 20;
  const pool = await LanePool.start({ ...layout, provider: config.PROVIDER, cacheCeilingBytes });
  const [aloneTimes, togetherTimes]: [number[], number[]] = [[], []];
  let [differing, drawn] = [0, 0];
  try {
    const file = path.join(folder, 'prior.onnx');
    await writeFile(file, serialize(laneGraph));
    await pool.load('prior', file);
    const runs = sequenceRuns(pool, maps);
    const draw = async (seed: number) =>
      (await drawCodeMap(newSampling(), { runs, random: Random.of(seed, 'codes'), filters })).codes;
    await draw(0);
    const end = performance.now() + 1000 * seconds;
    do {
      const seeds = Array.from({ length: maps }, (_, index) => aloneTimes.length + index);
      const alone = await timed(aloneTimes, () => draw(seeds[0] as number));
      const [first] = await timed(togetherTimes, () => Promise.all(seeds.map(draw)));
      differing += differences(alone, first as Int32Array);
      drawn += alone.length;
    } while (performance.now() < end);
    return { ...layout, maps, aloneTimes, togetherTimes, differing, drawn };
  } finally {
    await pool.close();
    await rm(folder, { recursive: true });
  }
}

/** Steps of clients that stay. */
function sequenceRuns(pool: LanePool, maxBatch: number): SequenceRuns {
  const scheduler = new Scheduler(
    pool,
    { queueLimit: maxBatch, maxBatch, maxBatchDelay: 0, priorityStep: 0, prefetch: 1 },
    { batchDone: () => {}, dropped: () => {} },
  );
  const { signal } = new AbortController();
  return {
    step: async (feeds, step) => {
      const work = { network: 'prior', feeds, step, maxBatch, signal };
      const { outputs, missing } = await scheduler.run({ ...work, ...unhurried });
      return missing ? undefined : outputs;
    },
    forget: (sequence) => scheduler.forget(sequence),
  };
}
