import { InvalidArgumentError } from '../../core/errors.ts';
import type { TrainingConfig } from '../config/index.ts';
import type { PriorConfig } from '../config/prior.ts';
import { priorTransformer } from '../methods/code-prior.ts';
import type { Domain } from '../methods/domains.ts';
import { methodOf } from '../methods/index.ts';
import { autoencoderName, autoencoderOf } from '../methods/vq-i2i/networks.ts';
import { readCodeFile } from '../prior/code-file.ts';
import { codeSpaceOf } from '../prior/code-space.ts';
import type { StateDict } from '../pytorch/index.ts';
import type { StoredCheckpoint } from '../run/index.ts';
import { stateDictOf } from '../step/state.ts';
import type { ExportRequest } from './export-request.ts';
import { runCheckpoint } from './run-checkpoint.ts';
import { firstStageRecord, type StageRecord, stageRecord } from './stage-record.ts';
import type { VectorQuantizedModel } from './vector-quantized-networks.ts';

/** Settings of a run of either stage of VQ-I2I. */
export type VectorQuantizedConfig = Extract<TrainingConfig, { method: 'vq-i2i' }> | PriorConfig;

/** Settings of any other run. */
export type TranslatorConfig = Exclude<TrainingConfig, VectorQuantizedConfig>;

/** A run of VQ-I2I as it goes into a package. */
export interface VectorQuantizedRun {
  readonly config: VectorQuantizedConfig;
  /** Without the distributions of styles. */
  readonly model: VectorQuantizedModel;
  readonly checkpoint: StoredCheckpoint;
  /** How each stage was trained: the first, and the second where there is one. */
  readonly stages: readonly [StageRecord, StageRecord?];
  /** Whether the weights are moving averages, of each stage. */
  readonly averaged: readonly boolean[];
}

/**
 * The networks of a run: of the first stage what it has trained, of the second also the first stage that it has kept.
 * @throws InvalidArgumentError, CodeFileError, CheckpointMismatchError
 */
export function vectorQuantizedRun(
  request: ExportRequest,
  config: VectorQuantizedConfig,
): Promise<VectorQuantizedRun> {
  return config.method === 'vq-i2i' ? firstStageOf(request, config) : secondStageOf(request, config);
}

type FirstStageConfig = Exclude<VectorQuantizedConfig, PriorConfig>;

async function firstStageOf(request: ExportRequest, config: FirstStageConfig): Promise<VectorQuantizedRun> {
  const method = methodOf(config);
  const checkpoint = await runCheckpoint(request, config, method);
  const averaged = config.averageDecay > 0 && request.weights !== 'last';
  const weights = stateDictOf(method, checkpoint.tensors, autoencoderName, averaged);
  return {
    config,
    model: modelOf(request, config.options, config.cropSize, weights),
    checkpoint,
    stages: [await stageRecord(request.folder, config, checkpoint)],
    averaged: [averaged],
  };
}

async function secondStageOf(request: ExportRequest, config: PriorConfig): Promise<VectorQuantizedRun> {
  const { firstStage } = config;
  const method = methodOf(config);
  const checkpoint = await runCheckpoint(request, config, method);
  const kept = await readCodeFile(request.folder.codesFile, config);
  if (kept === undefined) {
    throw new InvalidArgumentError(
      `${request.folder.codesFile} is missing: the second stage keeps the first one's weights there`,
    );
  }
  const space = codeSpaceOf(config);
  const prior = {
    transformer: priorTransformer(config.options, space),
    weights: stateDictOf(method, checkpoint.tensors, 'transformer', false),
    window: space.window,
    // As it was trained.
    conditioning: 'whole',
  } as const;
  const record = await stageRecord(request.folder, config, checkpoint);
  return {
    config,
    model: { ...modelOf(request, firstStage.options, firstStage.cropSize, kept.weights), prior },
    checkpoint,
    stages: [await firstStageRecord(firstStage), record],
    averaged: [firstStage.averaged, false],
  };
}

function modelOf(
  { direction }: ExportRequest,
  options: FirstStageConfig['options'],
  trainedSize: number,
  weights: StateDict,
): VectorQuantizedModel {
  const source: Domain = direction === 'BtoA' ? 'B' : 'A';
  const autoencoder = autoencoderOf(options, [1, 3, trainedSize, trainedSize]);
  return { autoencoder, weights, source, styles: {} };
}
