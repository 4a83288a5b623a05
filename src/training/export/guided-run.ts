import { InvalidArgumentError } from '../../core/errors.ts';
import type { ClassifierConfig, EgsdeConfig, ScoreConfig } from '../config/egsde.ts';
import { parseRunConfig } from '../config/index.ts';
import { type Domain, otherDomain } from '../methods/domains.ts';
import { classifierName, classifierOf, scoreName, scoreNetworkOf } from '../methods/egsde/networks.ts';
import { methodOf } from '../methods/index.ts';
import type { StateDict } from '../pytorch/index.ts';
import { type RunFolder, readRunConfig, type StoredCheckpoint } from '../run/index.ts';
import { stateDictOf } from '../step/state.ts';
import type { ExportRequest } from './export-request.ts';
import type { TimedNetwork } from './guided-step-graph.ts';
import { runCheckpoint } from './run-checkpoint.ts';
import { type StageRecord, stageRecord } from './stage-record.ts';

/** One of the two parts of EGSDE, as it goes into a package. */
export interface GuidedPart<Config extends EgsdeConfig = EgsdeConfig> {
  readonly config: Config;
  readonly network: TimedNetwork;
  /** Sides of pictures are multiples of this. */
  readonly sizeMultiple: number;
  readonly checkpoint: StoredCheckpoint;
  readonly record: StageRecord;
  /** Whether the weights are moving averages. */
  readonly averaged: boolean;
}

/** Runs of both parts of EGSDE. */
export interface GuidedRuns {
  readonly score: GuidedPart<ScoreConfig>;
  readonly classifier: GuidedPart<ClassifierConfig>;
  /** The domain that pictures come from; the score network makes pictures of the other. */
  readonly from: Domain;
}

/**
 * What the runs of both parts have trained.
 * @throws InvalidArgumentError when one of them is missing or they are not for each other; CheckpointMismatchError
 */
export async function guidedRuns(request: ExportRequest, config: EgsdeConfig): Promise<GuidedRuns> {
  if (config.method === 'egsde-classifier') {
    throw new InvalidArgumentError(
      "the run trains EGSDE's classifier: give the run of its score network as --run, and this one as --classifier-run",
    );
  }
  const { classifierFolder: folder, direction = 'AtoB' } = request;
  const from = otherDomain(config.options.domain);
  if (direction !== `${from}to${config.options.domain}`) {
    throw new InvalidArgumentError(
      `the score network makes pictures of ${config.options.domain}: export it with --direction ${from}to${config.options.domain}, got ${direction}`,
    );
  }
  const classifier = await classifierConfig(folder);
  requireSame('cropSize', config.cropSize, classifier.cropSize);
  requireSame('options.noise', config.options.noise, classifier.options.noise);
  return {
    score: await scorePart(request, config),
    // The checkpoint that is asked for is the score network's.
    classifier: await classifierPart({ ...request, folder: folder as RunFolder }, classifier),
    from,
  };
}

async function classifierConfig(folder: RunFolder | undefined): Promise<ClassifierConfig> {
  if (folder === undefined) {
    throw new InvalidArgumentError(
      'a score network is exported with a classifier: give its run as --classifier-run',
    );
  }
  const stored = await readRunConfig(folder);
  if (stored === undefined) {
    throw new InvalidArgumentError(`${folder.path} holds no training run: it has no config.json`);
  }
  const config = parseRunConfig(stored);
  if (config.method === 'egsde-classifier') return config;
  throw new InvalidArgumentError(`${folder.path} is no run of EGSDE's classifier but of ${config.method}`);
}

/** @throws InvalidArgumentError when the networks would not look at the same noised pictures */
function requireSame(setting: string, ofScore: unknown, ofClassifier: unknown): void {
  const [one, other] = [JSON.stringify(ofScore), JSON.stringify(ofClassifier)];
  if (one === other) return;
  throw new InvalidArgumentError(
    `score network and classifier must have the same ${setting}, got ${one} and ${other}`,
  );
}

async function scorePart(request: ExportRequest, config: ScoreConfig): Promise<GuidedPart<ScoreConfig>> {
  const { weights, ...trained } = await trainedPart(request, config, scoreName);
  const { forward, sizeMultiple } = scoreNetworkOf(config.options, shapeOf(config));
  return { ...trained, config, network: { weights, forward }, sizeMultiple };
}

async function classifierPart(
  { checkpoint: _, ...request }: ExportRequest,
  config: ClassifierConfig,
): Promise<GuidedPart<ClassifierConfig>> {
  const { weights, ...trained } = await trainedPart(request, config, classifierName);
  const { features, sizeMultiple } = classifierOf(config.options, shapeOf(config));
  return { ...trained, config, network: { weights, forward: features }, sizeMultiple };
}

async function trainedPart(request: ExportRequest, config: EgsdeConfig, network: string) {
  const method = methodOf(config);
  const checkpoint = await runCheckpoint(request, config, method);
  const averaged = config.averageDecay > 0 && request.weights !== 'last';
  const weights: StateDict = stateDictOf(method, checkpoint.tensors, network, averaged);
  return { checkpoint, weights, averaged, record: await stageRecord(request.folder, config, checkpoint) };
}

function shapeOf({ cropSize }: EgsdeConfig) {
  return [1, 3, cropSize, cropSize] as const;
}
