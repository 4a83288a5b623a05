import { join } from 'node:path';
import type { Pixels } from '../image/index.ts';
import type { SessionOptions } from '../runtime/index.ts';
import type { TrainingConfig } from './config/index.ts';
import { UnalignedBatches } from './data/index.ts';
import { methodOf } from './methods/index.ts';
import type { Method, StepContext } from './methods/method.ts';
import { Preview, previewGrid } from './preview.ts';
import { writeDurably } from './run/durable-write.ts';
import {
  EventFileWriter,
  latestCheckpoint,
  type MetricsLog,
  openMetricsLog,
  type RunFolder,
  saveCheckpoint,
  Throughput,
} from './run/index.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import { initialState, type TrainingState } from './step/state.ts';
import { type StepReport, StepRunner } from './step/step-runner.ts';

/** What a training run tells whoever watches. */
export interface TrainingObserver {
  /** Once, before the first step. */
  started(facts: {
    resumedStep: number;
    totalSteps: number;
    provider: string;
    sizes: Readonly<Record<string, number>>;
  }): void;
  stepped(report: StepReport & { epoch: number; imagesPerSecond: number }): void;
  /** Anything worth a line: a damaged checkpoint, a picture skipped, a preview written. */
  noted(line: string): void;
}

export interface TrainingRun {
  readonly config: TrainingConfig;
  readonly folder: RunFolder;
  readonly session: SessionOptions;
  /** Threads that decode pictures. */
  readonly workers: number;
  /** Bytes of decoded pictures kept in memory. */
  readonly cacheBytes: number;
  /** Aborted: the step under way is finished, a checkpoint is written, and training returns. */
  readonly signal: AbortSignal;
  readonly observer: TrainingObserver;
}

/** How training ended. */
export interface TrainingOutcome {
  readonly step: number;
  readonly finished: boolean;
}

/**
 * Trains until the schedule ends or the signal is aborted, from the newest checkpoint in the folder or from the start.
 * The flow: dataset -> batches -> training graph -> session -> checkpoint.
 */
export async function train(run: TrainingRun): Promise<TrainingOutcome> {
  const { config, observer, folder } = run;
  const method = methodOf(config);
  const { state, step, seconds } = await startingPoint(run, method);
  const batches = await openBatches(run);
  try {
    const schedule = scheduleOf(config, batches.stepsPerEpoch);
    const runner = await openRunner(run, method, state, schedule);
    const previews = await openPreviews(run, method);
    const log = await openMetricsLog(folder.metricsFile, step);
    const events = new EventFileWriter(folder.path, { resumedStep: step });
    try {
      observer.started({
        resumedStep: step,
        totalSteps: schedule.totalSteps,
        provider: runner.provider,
        sizes: batches.sizes,
      });
      const loop = new TrainingLoop({ run, batches, schedule, runner, previews, log, events, step, seconds });
      return await loop.run();
    } finally {
      log.close();
      events.close();
      await Promise.all([runner.close(), ...previews.map(({ preview }) => preview.close())]);
    }
  } finally {
    await batches.close();
  }
}

interface DomainPreview {
  readonly preview: Preview;
  readonly from: 'A' | 'B';
}

interface LoopParts {
  readonly run: TrainingRun;
  readonly batches: UnalignedBatches;
  readonly schedule: Schedule;
  readonly runner: StepRunner;
  readonly previews: readonly DomainPreview[];
  readonly log: MetricsLog;
  readonly events: EventFileWriter;
  /** Steps and seconds of earlier sittings. */
  readonly step: number;
  readonly seconds: number;
}

class TrainingLoop {
  private readonly parts: LoopParts;
  private readonly throughput = new Throughput();
  private readonly startedAt = performance.now();
  private step: number;

  constructor(parts: LoopParts) {
    this.parts = parts;
    this.step = parts.step;
  }

  async run(): Promise<TrainingOutcome> {
    const { run, schedule, step: resumedStep } = this.parts;
    if (resumedStep === 0) await this.writePreview();
    while (this.step < schedule.totalSteps && !run.signal.aborted) await this.advance();
    if (this.step > resumedStep) await this.save();
    return { step: this.step, finished: this.step >= schedule.totalSteps };
  }

  /** One run of the training graph, then whatever is due. */
  private async advance(): Promise<void> {
    const { run, runner, schedule } = this.parts;
    const contexts = await this.contexts();
    const before = this.step;
    const reports = await runner.run(contexts);
    this.step += reports.length;
    this.throughput.add(reports.length * run.config.batchSize);
    for (const report of reports) this.report(report);
    const due = (every: number) => Math.floor(this.step / every) > Math.floor(before / every);
    if (due(run.config.previewSteps) || this.step >= schedule.totalSteps) await this.writePreview();
    if (due(run.config.checkpointSteps)) await this.save();
    // Signals and timers get their turn: a run blocks the thread.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The next steps' batches; a run of several steps may go past the end of the schedule at rate 0. */
  private async contexts(): Promise<StepContext[]> {
    const { run, batches, schedule } = this.parts;
    const iterations = Array.from({ length: run.config.stepsPerRun }, (_, index) => this.step + index + 1);
    return Promise.all(
      iterations.map(async (iteration) => ({
        iteration,
        epoch: schedule.epochOf(iteration),
        batch: await batches.batch(iteration - 1),
      })),
    );
  }

  private report(report: StepReport): void {
    const { run, schedule, log, events } = this.parts;
    const epoch = schedule.epochOf(report.step);
    const imagesPerSecond = this.throughput.perSecond();
    run.observer.stepped({ ...report, epoch, imagesPerSecond });
    if (report.step % run.config.logSteps !== 0) return;
    const rate = { factor: schedule.rateAt(report.step) };
    const seconds = this.seconds();
    log.write({
      step: report.step,
      epoch,
      losses: report.losses,
      learningRates: rate,
      imagesPerSecond,
      seconds,
    });
    events.scalars(report.step, {
      ...prefixed('loss', report.losses),
      ...prefixed('learningRate', rate),
      imagesPerSecond,
    });
  }

  private async writePreview(): Promise<void> {
    const { run, runner, previews, batches, events } = this.parts;
    const { previewPictures, cropSize } = run.config;
    for (const { preview, from } of previews) {
      const pictures = await batches.testPictures(from, previewPictures, cropSize);
      if (pictures.length === 0) continue;
      const rows: Pixels[][] = await preview.rows(runner.state, pictures);
      const png = await previewGrid(rows);
      const path = join(run.folder.previews, `step-${String(this.step).padStart(8, '0')}-from-${from}.png`);
      await writeDurably(path, [png]);
      events.image(this.step, `preview/from ${from}`, png);
    }
  }

  private async save(): Promise<void> {
    const { run, runner } = this.parts;
    const { checkpoints } = run.folder;
    const meta = { method: run.config.method, seconds: this.seconds() };
    await saveCheckpoint(
      checkpoints,
      { step: this.step, tensors: runner.state, meta },
      { keep: run.config.keepCheckpoints },
    );
  }

  /** Of training, earlier sittings included. */
  private seconds(): number {
    return this.parts.seconds + (performance.now() - this.startedAt) / 1000;
  }
}

async function startingPoint(
  { config, folder, observer }: TrainingRun,
  method: Method,
): Promise<{ state: TrainingState; step: number; seconds: number }> {
  const checkpoint = await latestCheckpoint(folder.checkpoints);
  if (checkpoint === undefined) {
    return { state: initialState(method, config.seed, config.averageDecay > 0), step: 0, seconds: 0 };
  }
  for (const damaged of checkpoint.damaged) observer.noted(damaged.message);
  const { seconds } = checkpoint.meta;
  return {
    state: checkpoint.tensors,
    step: checkpoint.step,
    seconds: typeof seconds === 'number' ? seconds : 0,
  };
}

async function openBatches(run: TrainingRun): Promise<UnalignedBatches> {
  const { config, observer } = run;
  const options = {
    root: config.data,
    preprocess: config.preprocess,
    batchSize: config.batchSize,
    loadSize: config.loadSize,
    cropSize: config.cropSize,
    flip: config.flip,
    seed: config.seed,
    serial: config.serial,
    plainResizeAfter: { unit: config.schedule.unit, time: config.schedule.constant },
    cacheBytes: run.cacheBytes,
    workers: run.workers,
    prefetch: Math.max(4, 2 * config.stepsPerRun),
    onSkipped: (file: string, reason: string) => observer.noted(`skipped ${file}: ${reason}`),
  };
  return UnalignedBatches.open(options);
}

function openRunner(
  run: TrainingRun,
  method: Method,
  state: TrainingState,
  schedule: Schedule,
): Promise<StepRunner> {
  return StepRunner.open(method, state, {
    seed: run.config.seed,
    session: run.session,
    averageDecay: run.config.averageDecay,
    stepsPerRun: run.config.stepsPerRun,
    learningRateAt: (_, { iteration }) => Math.max(0, schedule.rateAt(iteration)),
    updatesAt: ({ iteration }) => iteration,
  });
}

/** Of every direction: A to B, and for a generator that is also held to leave B alone, B through it. */
async function openPreviews(run: TrainingRun, method: Method): Promise<DomainPreview[]> {
  const { config, session } = run;
  return Promise.all(
    method.translators.map(async (translator) => ({
      preview: await Preview.open(method, translator, {
        size: config.cropSize,
        averaged: config.averageDecay > 0,
        session,
      }),
      from: translator.from,
    })),
  );
}

function prefixed(prefix: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));
}
