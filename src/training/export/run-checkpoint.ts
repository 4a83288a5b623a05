import { InvalidArgumentError } from '../../core/errors.ts';
import type { RunConfig } from '../config/index.ts';
import type { Method } from '../methods/method.ts';
import { latestCheckpoint, loadCheckpoint, type StoredCheckpoint } from '../run/index.ts';
import { requireLayout } from '../starting-point.ts';
import { stateLayout } from '../step/state.ts';
import type { ExportRequest } from './export-request.ts';

/**
 * The checkpoint that is asked for, or the newest of the run.
 * @throws InvalidArgumentError when there is none; CheckpointMismatchError when it is not of these settings
 */
export async function runCheckpoint(
  request: Pick<ExportRequest, 'checkpoint' | 'folder'>,
  config: RunConfig,
  method: Method,
): Promise<StoredCheckpoint> {
  const checkpoint = await checkpointOf(request);
  requireLayout(checkpoint.path, checkpoint.tensors, stateLayout(method, config.averageDecay > 0));
  return checkpoint;
}

async function checkpointOf({
  checkpoint,
  folder,
}: Pick<ExportRequest, 'checkpoint' | 'folder'>): Promise<StoredCheckpoint> {
  if (checkpoint !== undefined) return loadCheckpoint(checkpoint);
  const latest = await latestCheckpoint(folder.checkpoints);
  if (latest !== undefined) return latest;
  throw new InvalidArgumentError(`${folder.checkpoints} holds no checkpoint to export`);
}
