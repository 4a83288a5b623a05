import { InvalidArgumentError } from '../../core/errors.ts';
import { isEgsde } from '../config/egsde.ts';
import { parseRunConfig, type RunConfig } from '../config/index.ts';
import { priorMethod } from '../config/prior.ts';
import { methodOf } from '../methods/index.ts';
import type { Method, Translator } from '../methods/method.ts';
import type { StateDict } from '../pytorch/index.ts';
import { readRunConfig, type StoredCheckpoint } from '../run/index.ts';
import { stateDictOf } from '../step/state.ts';
import { modelCard } from './card.ts';
import { exportGuidedDiffusion } from './export-guided-diffusion.ts';
import { type Direction, descriptionOf, type ExportRequest } from './export-request.ts';
import { exportVectorQuantized } from './export-vector-quantized.ts';
import { givenChoice } from './guided-choices.ts';
import { squarePolicy } from './image-policy.ts';
import { lastLoggedLosses } from './logged-losses.ts';
import { nextVersion, requireNewPackage, writePackage } from './package.ts';
import { packagePreview } from './package-preview.ts';
import { type PackagedNetwork, totalParameters } from './packaged-network.ts';
import { packagedNetworks, translatorDescription, translatorWeights } from './packaged-translator.ts';
import { runCheckpoint } from './run-checkpoint.ts';
import { runManifest } from './run-manifest.ts';
import type { TranslatorConfig, VectorQuantizedConfig } from './vector-quantized-run.ts';
import { writeWeights } from './write-weights.ts';

/**
 * Makes a model package of a run's checkpoint: inference graphs, manifest with checksums, card and preview.
 * @returns the path of the package
 * @throws InvalidArgumentError when the folder holds no run, the run no checkpoint, or what is asked for is not for it; PackageExistsError
 */
export async function exportRun(request: ExportRequest): Promise<string> {
  const stored = await readRunConfig(request.folder);
  if (stored === undefined) {
    throw new InvalidArgumentError(`${request.folder.path} holds no training run: it has no config.json`);
  }
  const config = parseRunConfig(stored);
  if (isEgsde(config)) return exportGuidedDiffusion(request, config);
  refuseGuidedChoices(request);
  return isVectorQuantized(config)
    ? exportVectorQuantized(request, config)
    : exportTranslator(request, config);
}

function refuseGuidedChoices(request: ExportRequest): void {
  const choice = request.classifierFolder === undefined ? givenChoice(request) : '--classifier-run';
  if (choice !== undefined) throw new InvalidArgumentError(`${choice} is for runs of EGSDE`);
}

function isVectorQuantized(config: RunConfig): config is VectorQuantizedConfig {
  return config.method === 'vq-i2i' || config.method === priorMethod;
}

async function exportTranslator(request: ExportRequest, trained: TranslatorConfig): Promise<string> {
  const run = await readRun(request, trained);
  const { config, method, translator, checkpoint } = run;
  const version = request.version ?? (await nextVersion(request.models, request.name));
  const described = {
    method: config.method,
    seed: config.seed,
    step: checkpoint.step,
    image: squarePolicy(config.cropSize, translator.sizeMultiple),
    translator: translatorDescription(translator),
  };
  const manifest = runManifest(request, described, version);
  await requireNewPackage(request.models, manifest);
  const session = { provider: 'cpu', threads: request.threads } as const;
  const networks = packagedNetworks(method, translator, weightsOf(run));
  const pictures = request.pictures ?? [];
  const preview = await packagePreview(config, method, translator, checkpoint.tensors, session, pictures);
  const card = await cardOf(request, run, version, networks);
  if (request.safetensors !== undefined) {
    await writeWeights(request.safetensors, translatorWeights(translator, weightsOf(run)));
  }
  return writePackage(request.models, { manifest, networks, card, preview });
}

interface ExportedRun {
  readonly config: TranslatorConfig;
  readonly method: Method;
  readonly translator: Translator;
  readonly checkpoint: StoredCheckpoint;
}

async function readRun(request: ExportRequest, trained: TranslatorConfig): Promise<ExportedRun> {
  const method = methodOf(trained);
  const checkpoint = await runCheckpoint(request, trained, method);
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
    parameters: totalParameters(networks),
    dataset: request.dataset ?? 'Not stated.',
    datasetLicence: request.datasetLicence ?? 'Licence of the data: not stated.',
    pictures: request.pictures ?? [],
    coded: translator.kind === 'exemplar-guided',
    limits: request.limits ?? 'Pictures unlike those of the training data are translated badly.',
    commands: request.commands,
    losses: await lastLoggedLosses(request.folder.metricsFile),
  });
}
