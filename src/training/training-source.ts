import type { StepBatches } from './data/index.ts';
import type { Method } from './methods/method.ts';
import type { Previews } from './previews.ts';
import type { TrainingState } from './step/state.ts';

/** Figures of what is held out from training. */
export interface HeldOutFigures {
  /** By name, as losses are logged. */
  measure(state: TrainingState): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** What a run trains on, and what shows by it how far training has come. */
export interface TrainingSource {
  readonly batches: StepBatches;
  previews(method: Method): Promise<Previews>;
  /** Undefined: nothing is held out. */
  heldOut(method: Method): Promise<HeldOutFigures | undefined>;
}
