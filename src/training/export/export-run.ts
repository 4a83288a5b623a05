import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from '../../core/errors.ts';
import type { Manifest } from '../../core/manifest.ts';
import { elementCount } from '../../core/tensor.ts';
import { drawGrid, encode } from '../../image/index.ts';
import { parseTrainingConfig, type TrainingConfig } from '../config/index.ts';
import { UnalignedBatches } from '../data/index.ts';
import { methodOf } from '../methods/index.ts';
import type { Method, Translator } from '../methods/method.ts';
import { Preview } from '../preview.ts';
import {
  latestCheckpoint,
  loadCheckpoint,
  type RunFolder,
  readRunConfig,
  type StoredCheckpoint,
} from '../run/index.ts';
import { stateDictOf, type TrainingState } from '../step/state.ts';
import { modelCard } from './card.ts';
import { inferenceGraph } from './inference-graph.ts';
import { nextVersion, writePackage } from './package.ts';

export interface ExportRequest {
  readonly folder: RunFolder;
  /** Folder of model packages. */
  readonly models: string;
  readonly name: string;
  /** Default: the one after the highest there. */
  readonly version?: string;
  /** Path of a checkpoint file; default: the newest. */
  readonly checkpoint?: string;
  /** Names of the two domains, for people. */
  readonly source: string;
  readonly target: string;
  readonly description?: string;
  readonly dataset?: string;
  readonly datasetLicence?: string;
  readonly limits?: string;
  /** Commands that made the model, for the card. */
  readonly commands: readonly string[];
  /** Program and version, for the manifest. */
  readonly software: string;
  readonly threads: number;
}

/**
 * Makes a model package of a run's checkpoint: inference graph, manifest with checksums, card and preview.
 * @returns the path of the package
 * @throws InvalidArgumentError when the run has no checkpoint; PackageExistsError
 */
export async function exportRun(request: ExportRequest): Promise<string> {
  const config = parseTrainingConfig(await readRunConfig(request.folder));
  const method = methodOf(config);
  const checkpoint = await checkpointOf(request);
  const translator = method.translators[0] as Translator;
  const weights = stateDictOf(method, checkpoint.tensors, translator.network, config.averageDecay > 0);
  const graph = inferenceGraph({ ...translator, name: translator.network, weights });
  const version = request.version ?? (await nextVersion(request.models, request.name));
  const { described, parameters } = describeRun(request, config, method, translator);
  return writePackage(request.models, {
    manifest: manifestOf(request, config, translator, { version, described, step: checkpoint.step }),
    networks: { generator: graph },
    preview: await previewOf(request, config, method, translator, checkpoint.tensors),
    card: modelCard({
      ...described,
      ...request,
      version,
      config,
      step: checkpoint.step,
      seconds: Number(checkpoint.meta.seconds ?? 0),
      parameters,
      losses: await lastLosses(request.folder),
    }),
  });
}

async function checkpointOf({ checkpoint, folder }: ExportRequest): Promise<StoredCheckpoint> {
  if (checkpoint !== undefined) return loadCheckpoint(checkpoint);
  const latest = await latestCheckpoint(folder.checkpoints);
  if (latest === undefined)
    throw new InvalidArgumentError(`${folder.checkpoints} holds no checkpoint to export`);
  return latest;
}

function describeRun(request: ExportRequest, config: TrainingConfig, method: Method, translator: Translator) {
  const { parameters } = (method.networks[translator.network] as Method['networks'][string]).state;
  const direction = `${request.source} to ${request.target}`;
  return {
    parameters: parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    described: {
      description: request.description ?? `Translates ${direction}, trained with ${config.method}.`,
      dataset: request.dataset ?? 'Not stated.',
      datasetLicence: request.datasetLicence ?? 'Licence of the data: not stated.',
      limits: request.limits ?? 'Pictures unlike those of the training data are translated badly.',
    },
  };
}

function manifestOf(
  request: ExportRequest,
  config: TrainingConfig,
  translator: Translator,
  facts: { version: string; step: number; described: { description: string } },
): Omit<Manifest, 'networks'> {
  const { dataset, datasetLicence, commands } = request;
  return {
    schemaVersion: 1,
    name: request.name,
    version: facts.version,
    description: facts.described.description,
    method: config.method,
    sourceDomain: request.source,
    targetDomain: request.target,
    image: {
      width: config.cropSize,
      height: config.cropSize,
      flexible: true,
      multipleOf: translator.sizeMultiple,
      maximumPixels: 1024 * 1024,
    },
    translator: { kind: 'feed-forward', network: 'generator' },
    provenance: {
      createdAt: new Date().toISOString(),
      software: request.software,
      steps: facts.step,
      seed: config.seed,
      ...(commands[0] === undefined ? {} : { command: commands[0] }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(datasetLicence === undefined ? {} : { datasetLicence }),
    },
  };
}

/** Test pictures beside their translations, four in a row. */
async function previewOf(
  request: ExportRequest,
  config: TrainingConfig,
  method: Method,
  translator: Translator,
  state: TrainingState,
): Promise<Uint8Array> {
  const [count, pairsInRow] = [12, 3];
  const size = config.cropSize;
  const session = { provider: 'cpu', threads: request.threads } as const;
  const averaged = config.averageDecay > 0;
  const batches = await UnalignedBatches.open({
    root: config.data,
    batchSize: 1,
    loadSize: size,
    cropSize: size,
    flip: false,
    seed: 0,
    serial: true,
    cacheBytes: 0,
    workers: 1,
    prefetch: 0,
  });
  const preview = await Preview.open(method, translator, { size, averaged, session });
  try {
    const rows = await preview.rows(state, await batches.testPictures(translator.from, count, size));
    const lines = Array.from({ length: Math.ceil(rows.length / pairsInRow) }, (_, line) =>
      rows.slice(line * pairsInRow, (line + 1) * pairsInRow).flat(),
    );
    return await encode(drawGrid(lines), { format: 'webp', quality: 85 });
  } finally {
    await preview.close();
    await batches.close();
  }
}

/** Mean of the last lines of metrics.jsonl, at most 20; empty when nothing was logged. */
async function lastLosses({ metricsFile }: RunFolder): Promise<Record<string, number>> {
  const text = await readFile(metricsFile, 'utf8').catch(() => '');
  const lines = text.trim().split('\n').filter(Boolean).slice(-20);
  const logged = lines.map((line) => (JSON.parse(line) as { losses: Record<string, number> }).losses);
  const sums: Record<string, number> = {};
  for (const losses of logged) {
    for (const [name, value] of Object.entries(losses))
      sums[name] = (sums[name] ?? 0) + value / logged.length;
  }
  return sums;
}
