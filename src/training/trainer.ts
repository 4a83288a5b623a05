import { keepsOwnSizes } from '../image/index.ts';
import { isEgsde } from './config/egsde.ts';
import { priorMethod } from './config/prior.ts';
import { UnalignedBatches } from './data/index.ts';
import { openPictures } from './egsde/open-pictures.ts';
import { frozenWeights } from './frozen-weights.ts';
import { methodOf } from './methods/index.ts';
import type { Method } from './methods/method.ts';
import { pictureOptions } from './picture-options.ts';
import { PreviewGrids } from './preview-grids.ts';
import { openCodes } from './prior/open-codes.ts';
import { EventFileWriter, openMetricsLog } from './run/index.ts';
import { RunRecord } from './run-record.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import { type StartingPoint, startingPoint } from './starting-point.ts';
import { AccumulatingRunner } from './step/accumulating-runner.ts';
import { StepRunner, type TrainingStepper } from './step/step-runner.ts';
import type { TrainingGraphOptions } from './step/training-graph.ts';
import { TrainingLoop } from './training-loop.ts';
import type { TrainingOutcome, TrainingRun } from './training-run.ts';
import type { TrainingSource } from './training-source.ts';

/**
 * Trains until the schedule ends or the signal is aborted, from the newest checkpoint in the folder or from the start.
 * The flow: dataset -> batches -> training graph -> session -> checkpoint.
 * @throws DatasetError, ExtractorError, CheckpointMismatchError, NoUsableCheckpointError, TrainingDivergedError
 */
export async function train(run: TrainingRun): Promise<TrainingOutcome> {
  const method = methodOf(run.config);
  const frozen = await frozenWeights(run.config);
  const start = await startingPoint(run, method);
  const open = new OpenParts();
  try {
    const source = await openSource(run);
    if (source === undefined) return { step: start.step, finished: false, skippedPictures: 0 };
    const batches = open.add(source.batches);
    const schedule = scheduleOf(run.config, batches.stepsPerEpoch);
    const runner = open.add(await openRunner(run, method, start, { schedule, frozen }));
    const previews = open.add(await source.previews(method));
    const heldOut = open.addIfThere(await source.heldOut(method));
    const log = open.add(await openMetricsLog(run.folder.metricsFile, start.step));
    const events = open.add(new EventFileWriter(run.folder.path, { resumedStep: start.step }));
    const { provider, providerNote } = runner.provider;
    if (providerNote !== undefined) run.observer.noted(providerNote);
    const { totalSteps } = schedule;
    const facts = { resumedStep: start.step, totalSteps, provider, sizes: batches.sizes };
    run.observer.started(facts);
    const record = await RunRecord.begin(run, facts, providerNote);
    const parts = { run, method, start, batches, schedule, runner, previews, heldOut, log, events, record };
    return await record.around(new TrainingLoop(parts));
  } finally {
    await open.close();
  }
}

/** What has been opened so far, closed in the reverse order. */
class OpenParts {
  private readonly parts: { close(): unknown }[] = [];

  add<T extends { close(): unknown }>(part: T): T {
    this.parts.unshift(part);
    return part;
  }

  addIfThere<T extends { close(): unknown }>(part: T | undefined): T | undefined {
    return part && this.add(part);
  }

  async close(): Promise<void> {
    for (const part of this.parts) await part.close();
  }
}

/** Undefined: the run was told to stop while codes were computed. */
async function openSource(run: TrainingRun): Promise<TrainingSource | undefined> {
  const { config } = run;
  if (config.method === priorMethod) return openCodes(run, config);
  if (isEgsde(config)) return openPictures(run, config);
  const batches = await UnalignedBatches.open(pictureOptions(run));
  return {
    batches,
    previews: (method) => PreviewGrids.open(run, method, batches),
    heldOut: async () => undefined,
  };
}

function openRunner(
  { config, session }: TrainingRun,
  method: Method,
  { state }: StartingPoint,
  { schedule, frozen }: { readonly schedule: Schedule; readonly frozen: TrainingGraphOptions['frozen'] },
): Promise<TrainingStepper> {
  const runner = config.accumulate > 1 ? AccumulatingRunner : StepRunner;
  return runner.open(method, state, {
    seed: config.seed,
    session,
    averageDecay: config.averageDecay,
    stepsPerRun: config.stepsPerRun,
    anySize: keepsOwnSizes(config.preprocess),
    ...(frozen && { frozen }),
    learningRateAt: (_, { iteration }) => schedule.rateAt(iteration),
  });
}
