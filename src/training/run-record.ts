import { cpus, release, totalmem, type } from 'node:os';
import { messageOf } from '../core/errors.ts';
import { availableThreads, runtimeVersion } from '../runtime/index.ts';
import { TrainingDivergedError } from './divergence.ts';
import { writeDurably } from './run/durable-write.ts';
import { RunReport } from './run/report/run-report.ts';
import type { RunState } from './run/run-status.ts';
import type { SittingEnd, SittingStart } from './run/sitting-schema.ts';
import { recordSitting } from './run/sittings.ts';
import type { StartFacts, TrainingOutcome, TrainingRun } from './training-run.ts';

/** What a run tells about itself in its folder: its sittings, and the page that shows it. */
export class RunRecord {
  private readonly run: TrainingRun;
  private readonly page: RunReport;

  private constructor(run: TrainingRun) {
    this.run = run;
    this.page = new RunReport(run.folder);
  }

  /** Notes that a sitting begins. */
  static async begin(run: TrainingRun, facts: StartFacts, providerNote?: string): Promise<RunRecord> {
    const began = { ...(await environmentOf(run)), ...factsOf(facts), ...(providerNote && { providerNote }) };
    await recordSitting(run.folder.sittingsFile, { began });
    return new RunRecord(run);
  }

  /** Writes report.html. That it cannot be written is told, and no reason to stop training. */
  async report(state: RunState = 'running'): Promise<void> {
    try {
      await writeDurably(this.run.folder.reportFile, [Buffer.from(await this.page.page(state))]);
    } catch (thrown) {
      this.run.observer.noted(`the report could not be written: ${messageOf(thrown)}`);
    }
  }

  /** Runs the training and notes how it ended. */
  async around(training: {
    run(): Promise<TrainingOutcome>;
    readonly stepsDone: number;
  }): Promise<TrainingOutcome> {
    try {
      const outcome = await training.run();
      await this.end({ step: outcome.step, how: outcome.finished ? 'finished' : 'stopped' });
      return outcome;
    } catch (thrown) {
      const how = thrown instanceof TrainingDivergedError ? 'diverged' : 'failed';
      await this.end({ step: training.stepsDone, how, reason: messageOf(thrown) });
      throw thrown;
    }
  }

  /** Never throws: what training came to matters more than the note of it. */
  private async end(ended: Omit<SittingEnd, 'at'>): Promise<void> {
    try {
      const line = { ended: { at: new Date().toISOString(), ...ended } };
      await recordSitting(this.run.folder.sittingsFile, line);
    } catch (thrown) {
      this.run.observer.noted(`the end of the sitting could not be noted: ${messageOf(thrown)}`);
    }
    await this.report(ended.how);
  }
}

function factsOf({ resumedStep, totalSteps, provider, sizes }: StartFacts) {
  return { step: resumedStep, totalSteps, provider, pictures: sizes };
}

async function environmentOf({
  software,
  session,
  workers,
}: TrainingRun): Promise<Omit<SittingStart, 'step' | 'totalSteps' | 'provider' | 'pictures'>> {
  const processors = cpus();
  return {
    at: new Date().toISOString(),
    software,
    node: process.versions.node,
    onnxruntime: await runtimeVersion(),
    threads: session.threads ?? availableThreads(),
    workers,
    processor: processors[0]?.model.trim() ?? 'unknown',
    processorThreads: processors.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${process.arch}`,
  };
}
