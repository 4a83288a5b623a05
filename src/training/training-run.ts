import type { SessionOptions } from '../runtime/index.ts';
import type { RunConfig } from './config/index.ts';
import type { RunFolder } from './run/index.ts';
import type { StepReport } from './step/step-runner.ts';

/** What is known before the first step. */
export interface StartFacts {
  /** Steps that earlier sittings have done; 0: a new run. */
  readonly resumedStep: number;
  readonly totalSteps: number;
  /** What really runs. */
  readonly provider: string;
  /** Pictures in each folder of the dataset. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** What a training run tells whoever watches. */
export interface TrainingObserver {
  /** Once, before the first step. */
  started(facts: StartFacts): void;
  stepped(report: StepReport & { readonly epoch: number; readonly imagesPerSecond: number }): void;
  /** Anything worth a line: a damaged checkpoint, a picture skipped. */
  noted(line: string): void;
}

/** One sitting of a run: its settings, its place, and the means it has this time. */
export interface TrainingRun {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly session: SessionOptions;
  /** Program and version that train, for the run's record. */
  readonly software: string;
  /** Threads that decode pictures. */
  readonly workers: number;
  /** Bytes of decoded pictures kept in memory. */
  readonly cacheBytes: number;
  /** Aborted: the step under way is finished, a checkpoint is written, and training returns. */
  readonly signal: AbortSignal;
  readonly observer: TrainingObserver;
}

/** How a sitting ended. */
export interface TrainingOutcome {
  readonly step: number;
  /** The schedule has come to its end. */
  readonly finished: boolean;
  /** Broken pictures met in this sitting, each counted once. */
  readonly skippedPictures: number;
}
