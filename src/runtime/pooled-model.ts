import type { Tensor } from '../core/tensor.ts';
import type { Lane } from './lane.ts';
import type { ModelSignature } from './lane-messages.ts';

/** A model that every lane of a pool must have open, those that come later included. */
export interface PooledModel {
  readonly path: string;
  /** What the file must hash to whenever a lane opens it; undefined: anything will do. */
  readonly sha256: string | undefined;
  /** Inputs of the run that warmed it first; undefined until a warm-up has succeeded: a deadly one is not repeated. */
  warmUp: Readonly<Record<string, Tensor>> | undefined;
}

/**
 * Opens a model on a lane and runs it as it was warmed up, since the first run of a shape is slow.
 * @throws what the opening or the run throws; then the lane has it not open
 */
export async function openOn(lane: Lane, key: string, model: PooledModel): Promise<ModelSignature> {
  const signature = await lane.load(key, model.path, model.sha256);
  if (model.warmUp === undefined) return signature;
  try {
    await lane.run(key, model.warmUp).result;
    return signature;
  } catch (error) {
    if (!lane.isOver) await lane.unload(key);
    throw error;
  }
}
