import { UnpairedError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Method } from './methods/method.ts';
import { latestCheckpoint } from './run/index.ts';
import { initialState, type StateLayout, stateLayout, type TrainingState } from './step/state.ts';
import type { TrainingRun } from './training-run.ts';
import { warmWeights } from './warm-start.ts';

/** Where a sitting begins. */
export interface StartingPoint {
  readonly state: TrainingState;
  /** Steps done. */
  readonly step: number;
  /** Seconds that earlier sittings took. */
  readonly seconds: number;
  /** Path of the checkpoint; undefined for a new run. */
  readonly checkpoint: string | undefined;
}

/** The checkpoint was written with other settings than the run's config.json has now. */
export class CheckpointMismatchError extends UnpairedError {
  constructor(path: string, fault: string) {
    super(`checkpoint ${path} does not fit the settings of the run: ${fault}`, {
      code: 'CHECKPOINT_MISMATCH',
      status: 422,
    });
  }
}

/**
 * The newest checkpoint in the run's folder, or freshly drawn weights, over them those of the files that the settings
 * name: these are only read where there is no checkpoint yet.
 * @throws CheckpointMismatchError, NoUsableCheckpointError, WarmStartError
 */
export async function startingPoint(
  { config, folder, observer }: TrainingRun,
  method: Method,
): Promise<StartingPoint> {
  const averaged = config.averageDecay > 0;
  const checkpoint = await latestCheckpoint(folder.checkpoints);
  if (checkpoint === undefined) {
    const weights = await warmWeights(method, config.warmStart);
    const state = initialState(method, config.seed, averaged, weights);
    return { state, step: 0, seconds: 0, checkpoint: undefined };
  }
  for (const damaged of checkpoint.damaged) observer.noted(damaged.message);
  const { path, step, tensors: state, meta } = checkpoint;
  requireLayout(path, state, stateLayout(method, averaged));
  return { state, step, seconds: Number(meta.seconds ?? 0), checkpoint: path };
}

/** @throws CheckpointMismatchError naming the first entry that is missing, too many or of another type */
export function requireLayout(path: string, state: TrainingState, layout: StateLayout): void {
  for (const name of new Set([...layout.keys(), ...state.keys()])) {
    const [needed, found] = [typeText(layout.get(name)), typeText(state.get(name))];
    if (needed !== found) throw new CheckpointMismatchError(path, `${name} is ${found}, expected ${needed}`);
  }
}

function typeText(type: Pick<Tensor, 'dtype' | 'dims'> | undefined): string {
  return type === undefined ? 'absent' : `${type.dtype}[${type.dims.join(', ')}]`;
}
