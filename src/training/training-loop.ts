import type { StepBatches } from './data/index.ts';
import { lossGoneAstray, TrainingDivergedError, weightGoneAstray } from './divergence.ts';
import type { Method, StepContext } from './methods/method.ts';
import type { Previews } from './previews.ts';
import { type EventFileWriter, type MetricsLog, saveCheckpoint, Throughput } from './run/index.ts';
import type { RunRecord } from './run-record.ts';
import type { Schedule } from './schedule.ts';
import type { StartingPoint } from './starting-point.ts';
import type { StepReport, TrainingStepper } from './step/step-runner.ts';
import type { TrainingOutcome, TrainingRun } from './training-run.ts';
import type { HeldOutFigures } from './training-source.ts';

/** What the loop works with; whoever opened it closes it. */
interface LoopParts {
  readonly run: TrainingRun;
  readonly method: Method;
  readonly start: StartingPoint;
  readonly batches: StepBatches;
  readonly schedule: Schedule;
  readonly runner: TrainingStepper;
  readonly previews: Previews;
  readonly heldOut: HeldOutFigures | undefined;
  readonly log: MetricsLog;
  readonly events: EventFileWriter;
  readonly record: RunRecord;
}

/** Steps, and whatever is due after them: metrics, figures of what is held out, previews, checkpoints. */
export class TrainingLoop {
  private readonly parts: LoopParts;
  private readonly throughput = new Throughput();
  private readonly startedAt = performance.now();
  private step: number;
  /** The newest value of each loss since the last line of the log: not every kind of step has all losses. */
  private recent: Readonly<Record<string, number>> = {};
  /** The newest figures of what is held out. */
  private heldOut: Readonly<Record<string, number>> = {};
  /** Newest checkpoint: its path, and the step that it holds. */
  private saved: { readonly step: number; readonly path: string | undefined };

  constructor(parts: LoopParts) {
    const { step, checkpoint } = parts.start;
    this.parts = parts;
    this.step = step;
    this.saved = { step, path: checkpoint };
  }

  /** Steps done since the start of the run. */
  get stepsDone(): number {
    return this.step;
  }

  /** @throws TrainingDivergedError */
  async run(): Promise<TrainingOutcome> {
    const { run, schedule, batches, record, events } = this.parts;
    if (this.step === 0) await this.writePreviews();
    if (this.step === 0) events.scalars(0, prefixed('loss', await this.measure()));
    await record.report();
    while (this.step < schedule.totalSteps && !run.signal.aborted) await this.advance();
    if (this.saved.step < this.step) await this.save();
    return {
      step: this.step,
      finished: this.step >= schedule.totalSteps,
      skippedPictures: batches.skipped.size,
    };
  }

  /** One run of the training graph, then what is due. */
  private async advance(): Promise<void> {
    const { run, runner, schedule, record } = this.parts;
    const before = this.step;
    const reports = await runner.run(await this.nextContexts());
    this.step += reports.length;
    this.throughput.add(reports.length * run.config.batchSize * run.config.accumulate);
    for (const report of reports) this.requireGood(lossGoneAstray(report));
    const last = this.step >= schedule.totalSteps;
    const due = (every: number) => Math.floor(this.step / every) > Math.floor(before / every);
    const [previewDue, checkpointDue] = [
      due(run.config.previewSteps) || last,
      due(run.config.checkpointSteps),
    ];
    const found = previewDue || checkpointDue ? await this.measure() : {};
    for (const report of reports) this.report(report, report.step === this.step ? found : {});
    if (previewDue) await this.writePreviews();
    if (checkpointDue) {
      await this.save();
      await record.report();
    }
    // Signals and timers get their turn: a run blocks the thread.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private async nextContexts(): Promise<StepContext[]> {
    const { batches, schedule, runner } = this.parts;
    const first = this.step + 1;
    const count = runner.stepsFrom(first, schedule.totalSteps);
    const iterations = Array.from({ length: count }, (_, index) => first + index);
    const contexts = await Promise.all(
      iterations.map(async (iteration) => {
        const parts = await batches.microBatches(iteration - 1);
        const [epoch, count] = [schedule.epochOf(iteration), parts.length];
        return parts.map((batch, index) => ({ iteration, epoch, batch, part: { index, count } }));
      }),
    );
    return contexts.flat();
  }

  /** What is held out, at the weights of now. */
  private async measure(): Promise<Readonly<Record<string, number>>> {
    const { heldOut, runner } = this.parts;
    this.heldOut = (await heldOut?.measure(runner.state)) ?? {};
    return this.heldOut;
  }

  /** @param found what was measured at the weights after the step */
  private report(report: StepReport, found: Readonly<Record<string, number>>): void {
    const { run, schedule, log, events } = this.parts;
    const { step } = report;
    this.recent = { ...this.recent, ...report.losses, ...found };
    const epoch = schedule.epochOf(step);
    const imagesPerSecond = this.throughput.perSecond();
    const shown = { ...report.losses, ...this.heldOut };
    run.observer.stepped({ ...report, losses: shown, epoch, imagesPerSecond });
    if (step % run.config.logSteps !== 0) return;
    const losses = this.recent;
    this.recent = {};
    const learningRates = this.learningRates(step);
    log.write({ step, epoch, losses, learningRates, imagesPerSecond, seconds: this.seconds() });
    events.scalars(step, {
      ...prefixed('loss', losses),
      ...prefixed('learningRate', learningRates),
      imagesPerSecond,
    });
  }

  private learningRates(step: number): Record<string, number> {
    const { method, schedule } = this.parts;
    const factor = schedule.rateAt(step);
    return Object.fromEntries(
      Object.entries(method.optimizers).map(([name, { adam }]) => [name, adam.learningRate * factor]),
    );
  }

  private async writePreviews(): Promise<void> {
    const { runner, previews, events } = this.parts;
    for (const { name, png } of await previews.write(runner.state, this.step)) {
      events.image(this.step, `preview/${name.replace('-', ' ')}`, png);
    }
  }

  private async save(): Promise<void> {
    const { run, runner } = this.parts;
    this.requireGood(weightGoneAstray(runner.state, this.step));
    const meta = { method: run.config.method, seconds: this.seconds() };
    const checkpoint = { step: this.step, tensors: runner.state, meta };
    const retention = { keep: run.config.keepCheckpoints };
    this.saved = {
      step: this.step,
      path: await saveCheckpoint(run.folder.checkpoints, checkpoint, retention),
    };
  }

  private requireGood(fault: string | undefined): void {
    if (fault !== undefined) throw new TrainingDivergedError(fault, this.saved.path);
  }

  /** Of training, earlier sittings included. */
  private seconds(): number {
    return this.parts.start.seconds + (performance.now() - this.startedAt) / 1000;
  }
}

function prefixed(prefix: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));
}
