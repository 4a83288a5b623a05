import { picturingNetwork } from '../core/manifest.ts';
import type { Size } from '../image/index.ts';
import { LanePool, type Provider } from '../runtime/index.ts';
import { listModels } from '../serving/model-folder.ts';
import type { ReadyModel } from '../serving/open-package.ts';
import { createTranslator } from '../serving/translators/index.ts';
import { batchSizes, chooseBatch, fitLatency, largerPays, median } from '../serving/tuning/latency-fit.ts';
import { candidateLayouts, chooseLayout, type Layout, type LayoutRates } from '../serving/tuning/layouts.ts';
import { measureBatch } from '../serving/tuning/measure.ts';
import type { ModelTuning } from '../serving/tuning/tuning-schema.ts';
import { openModel, readModel } from './open-model.ts';
import { measuredSizes } from './tune-sizes.ts';

export interface TuneRequest {
  readonly root: string;
  /** `name` or `name/version`; undefined: the newest version of each. */
  readonly model: string | undefined;
  /** Of the pictures that models of any size are measured with, the layouts with the first; undefined: each model's own. */
  readonly sizes: readonly Size[] | undefined;
  /** Of each measurement. */
  readonly seconds: number;
  readonly provider: Provider;
  readonly deviceId: number;
  /** Threads that the lanes may take together. */
  readonly budget: number;
  /** Hears what is being measured. */
  readonly note: (line: string) => void;
}

export interface TunedModels {
  /** What really ran. */
  readonly provider: string;
  readonly layout: Layout;
  readonly models: readonly ModelTuning[];
}

/** The slowest drift of a machine falls on all layouts alike when they take turns. */
const rounds = 3;
const largestMeasured = 64;

/**
 * Measures the layouts with single pictures, chooses one for all models, and measures batches in it, of each size.
 * @throws PROVIDER_UNAVAILABLE, ModelUnknownError, InvalidArgumentError for a size that a model does not take, and the reason
 *   why a model cannot be opened
 */
export async function measureModels(request: TuneRequest): Promise<TunedModels> {
  const names =
    request.model === undefined ? (await listModels(request.root)).map(({ name }) => name) : [request.model];
  for (const name of names) measuredSizes(await readModel(request.root, name), request.sizes);
  const provider = await runningProvider(request);
  const measured = await measureLayouts(request, names, candidateLayouts(request.budget, provider !== 'cpu'));
  const layout = chooseLayout(measured);
  const models = await withModels(request, names, layout, async (pool, model) => {
    const layouts = measured.map(({ lanes, threadsPerLane, rates }) => ({
      lanes,
      threadsPerLane,
      itemsPerSecond: median(rates[labelOf(model)] ?? [0]),
    }));
    const tuned: ModelTuning[] = [];
    for (const size of measuredSizes(model.manifest, request.sizes)) {
      request.note(`measuring batches of ${labelOf(model)} at ${size.width}x${size.height}`);
      const batches = await measureBatches(pool, model, size, request.seconds);
      tuned.push({ ...batches, layouts: tuned.length === 0 ? layouts : [] });
    }
    return tuned;
  });
  return { provider, layout, models: models.flat() };
}

async function runningProvider(request: TuneRequest): Promise<string> {
  const pool = await startPool(request, { lanes: 1, threadsPerLane: 1 });
  const [lane] = pool.lanes;
  await pool.close();
  return lane?.provider ?? 'cpu';
}

async function measureLayouts(
  request: TuneRequest,
  names: readonly string[],
  layouts: readonly Layout[],
): Promise<LayoutRates[]> {
  const measured = layouts.map((layout) => ({ ...layout, rates: {} as Record<string, number[]> }));
  for (let round = 1; round <= rounds; round++) {
    for (const layout of measured) {
      request.note(`round ${round} of ${rounds}: ${layout.lanes} x ${layout.threadsPerLane}`);
      await withModels(request, names, layout, async (pool, model) => {
        const [size] = measuredSizes(model.manifest, request.sizes) as [Size];
        const { key, feeds } = await networkOf(pool, model, size);
        const { itemsPerSecond } = await measureBatch(pool, key, {
          feeds,
          items: 1,
          seconds: request.seconds,
        });
        layout.rates[labelOf(model)] = [...(layout.rates[labelOf(model)] ?? []), itemsPerSecond];
      });
    }
  }
  return measured;
}

async function measureBatches(
  pool: LanePool,
  model: ReadyModel,
  size: Size,
  seconds: number,
): Promise<Omit<ModelTuning, 'layouts'>> {
  const { key, feeds, network } = await networkOf(pool, model, size);
  const limit = Math.min(largestMeasured, model.translator.maxBatch(network));
  const latencies: { items: number; milliseconds: number }[] = [];
  for (const items of batchSizes(limit)) {
    const { milliseconds } = await measureBatch(pool, key, { feeds, items, seconds });
    const before = latencies.at(-1);
    latencies.push({ items, milliseconds });
    if (before && !largerPays(before, { items, milliseconds })) break;
  }
  const { name, version, manifest } = model;
  return {
    model: name,
    version,
    sha256: manifest.networks[network]?.sha256 ?? '',
    ...size,
    maxBatch: chooseBatch(latencies),
    latencies,
    fit: fitLatency(latencies),
  };
}

/** Opens the models on lanes of their own, one after the other, and closes everything. */
async function withModels<T>(
  request: TuneRequest,
  names: readonly string[],
  layout: Layout,
  work: (pool: LanePool, model: ReadyModel) => Promise<T>,
): Promise<T[]> {
  const pool = await startPool(request, layout);
  try {
    const results: T[] = [];
    for (const name of names) {
      const model = await openModel(request.root, name, pool);
      results.push(await work(pool, model));
      for (const network of Object.keys(model.manifest.networks))
        await pool.unload(model.networkKey(network));
    }
    return results;
  } finally {
    await pool.close();
  }
}

function startPool({ provider, deviceId }: TuneRequest, layout: Layout): Promise<LanePool> {
  return LanePool.start({ lanes: layout.lanes, threadsPerLane: layout.threadsPerLane, provider, deviceId });
}

/** The network that makes the picture, and its inputs for one of a size. */
async function networkOf(pool: LanePool, model: ReadyModel, size: Size) {
  const { manifest } = model;
  const network = picturingNetwork(manifest);
  const translator = createTranslator({ ...manifest, image: { ...manifest.image, ...size } });
  const runs = await translator.warmUp(
    async (name, feeds) => (await pool.run(model.networkKey(name), feeds)).outputs,
  );
  const feeds = runs.find((each) => each.network === network)?.feeds ?? {};
  return { network, key: model.networkKey(network), feeds };
}

function labelOf({ name, version }: ReadyModel): string {
  return `${name}/${version}`;
}
