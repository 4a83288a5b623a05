import { InvalidArgumentError } from '../../core/errors.ts';
import { parseTrainingConfig, type TrainingConfig } from '../config/index.ts';
import { methodOf } from '../methods/index.ts';
import type { Method, Translator } from '../methods/method.ts';
import { type StateDict, writeSafetensors } from '../pytorch/index.ts';
import { writeDurably } from '../run/durable-write.ts';
import { latestCheckpoint, loadCheckpoint, readRunConfig, type StoredCheckpoint } from '../run/index.ts';
import { requireLayout } from '../starting-point.ts';
import { stateDictOf, stateLayout } from '../step/state.ts';
import { modelCard } from './card.ts';
import { type Direction, descriptionOf, type ExportRequest } from './export-request.ts';
import { squarePolicy } from './image-policy.ts';
import { lastLoggedLosses } from './logged-losses.ts';
import { nextVersion, requireNewPackage, writePackage } from './package.ts';
import { packagePreview } from './package-preview.ts';
import type { PackagedNetwork } from './packaged-network.ts';
import { packagedNetworks, translatorWeights } from './packaged-translator.ts';
import { runManifest } from './run-manifest.ts';

/**
 * Makes a model package of a run's checkpoint: inference graph, manifest with checksums, card and preview.
 * @returns the path of the package
 * @throws InvalidArgumentError when the folder holds no run, or the run no checkpoint; PackageExistsError
 */
export async function exportRun(request: ExportRequest): Promise<string> {
  const run = await readRun(request);
  const { config, method, translator, checkpoint } = run;
  const version = request.version ?? (await nextVersion(request.models, request.name));
  const manifest = runManifest(request, { config, translator, step: checkpoint.step }, version);
  await requireNewPackage(request.models, manifest);
  const session = { provider: 'cpu', threads: request.threads } as const;
  const networks = packagedNetworks(method, translator, weightsOf(run));
  const pictures = request.pictures ?? [];
  const preview = await packagePreview(config, method, translator, checkpoint.tensors, session, pictures);
  const card = await cardOf(request, run, version, networks);
  if (request.safetensors !== undefined) {
    // The entry that PyTorch's own readers look for.
    const metadata = new Map([['format', 'pt']]);
    const weights = translatorWeights(translator, weightsOf(run));
    await writeDurably(request.safetensors, [writeSafetensors(weights, metadata)]);
  }
  return writePackage(request.models, { manifest, networks, card, preview });
}

interface ExportedRun {
  readonly config: TrainingConfig;
  readonly method: Method;
  readonly translator: Translator;
  readonly checkpoint: StoredCheckpoint;
}

async function readRun(request: ExportRequest): Promise<ExportedRun> {
  const { folder } = request;
  const stored = await readRunConfig(folder);
  if (stored === undefined)
    throw new InvalidArgumentError(`${folder.path} holds no training run: it has no config.json`);
  const trained = parseTrainingConfig(stored);
  const method = methodOf(trained);
  const checkpoint = await checkpointOf(request);
  requireLayout(checkpoint.path, checkpoint.tensors, stateLayout(method, trained.averageDecay > 0));
  // What follows looks for an average where the settings have one.
  const config = request.weights === 'last' ? { ...trained, averageDecay: 0 } : trained;
  return { config, method, translator: translatorOf(method, request.direction ?? 'AtoB'), checkpoint };
}

function translatorOf({ name, translators }: Method, direction: Direction): Translator {
  const found = translators.find(({ from, to }) => `${from}to${to}` === direction);
  if (found !== undefined) return found;
  const trained = translators.map(({ from, to }) => `${from}to${to}`).join(', ');
  throw new InvalidArgumentError(`${name} trains ${trained}, there is no translator ${direction} to export`);
}

async function checkpointOf({ checkpoint, folder }: ExportRequest): Promise<StoredCheckpoint> {
  if (checkpoint !== undefined) return loadCheckpoint(checkpoint);
  const latest = await latestCheckpoint(folder.checkpoints);
  if (latest !== undefined) return latest;
  throw new InvalidArgumentError(`${folder.checkpoints} holds no checkpoint to export`);
}

function weightsOf({ config, method, checkpoint }: ExportedRun): (network: string) => StateDict {
  return (network) => stateDictOf(method, checkpoint.tensors, network, config.averageDecay > 0);
}

async function cardOf(
  request: ExportRequest,
  run: ExportedRun,
  version: string,
  networks: Readonly<Record<string, PackagedNetwork>>,
): Promise<string> {
  const { config, translator, checkpoint } = run;
  return modelCard({
    name: request.name,
    version,
    description: descriptionOf(request, config.method),
    source: request.source,
    target: request.target,
    config,
    image: squarePolicy(config.cropSize, translator.sizeMultiple),
    step: checkpoint.step,
    seconds: Number(checkpoint.meta.seconds ?? 0),
    parameters: Object.values(networks).reduce((sum, { parameters = 0 }) => sum + parameters, 0),
    dataset: request.dataset ?? 'Not stated.',
    datasetLicence: request.datasetLicence ?? 'Licence of the data: not stated.',
    pictures: request.pictures ?? [],
    coded: translator.kind === 'exemplar-guided' && translator.own === undefined,
    limits: request.limits ?? 'Pictures unlike those of the training data are translated badly.',
    commands: request.commands,
    losses: await lastLoggedLosses(request.folder.metricsFile),
  });
}
