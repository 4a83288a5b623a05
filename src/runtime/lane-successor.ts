import { Lane, type LaneOptions } from './lane.ts';
import { openOn, type PooledModel } from './pooled-model.ts';

/** A lane that can take over from another. */
export interface Successor {
  readonly lane: Lane;
  /** Keys of the models that it has open. */
  readonly opened: ReadonlySet<string>;
}

/**
 * Starts a lane, opens there what its predecessor has open, also what that opens meanwhile, and warms it up.
 * @param models by key; read again after each opening
 * @throws what the start or an opening throws; then no process is left
 */
export async function openSuccessor(
  options: LaneOptions,
  models: () => ReadonlyMap<string, PooledModel>,
): Promise<Successor> {
  const lane = await Lane.start(options);
  const opened = new Set<string>();
  const next = () => [...models()].find(([key]) => !opened.has(key));
  try {
    for (let missing = next(); missing !== undefined; missing = next()) {
      await openOn(lane, ...missing);
      opened.add(missing[0]);
    }
    return { lane, opened };
  } catch (error) {
    await lane.close();
    throw error;
  }
}
