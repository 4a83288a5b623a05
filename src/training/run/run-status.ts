import { listCheckpoints } from './checkpoint-files.ts';
import { lastMetrics } from './logged-metrics.ts';
import type { TrainingMetrics } from './metrics-log.ts';
import { type RunFolder, readRunConfig } from './run-folder.ts';
import { lockHolder } from './run-lock.ts';
import { type RecordedSitting, readSittings } from './sittings.ts';

export type RunState = 'running' | 'stopped' | 'finished' | 'diverged' | 'failed';

/** How a run stands, as far as its folder tells. */
export interface RunStatus {
  readonly state: RunState;
  /** What more is known of that state, such as the loss that diverged. */
  readonly reason?: string;
  /** The settings as they were written, unchecked. */
  readonly config: unknown;
  /** Steps done, as far as they were logged or saved. */
  readonly step: number;
  /** Steps of the whole run; undefined where only the size of the dataset would tell. */
  readonly totalSteps: number | undefined;
  /** Last line of metrics.jsonl. */
  readonly last: TrainingMetrics | undefined;
  readonly sittings: readonly RecordedSitting[];
}

/**
 * Reads how a run stands; for the trainer's own report, `state` is what it knows better.
 * @throws RunConfigError when config.json is no JSON
 */
export async function readRunStatus(folder: RunFolder, state?: RunState): Promise<RunStatus> {
  const [config, last, sittings, checkpoints, holder] = await Promise.all([
    readRunConfig(folder),
    lastMetrics(folder.metricsFile),
    readSittings(folder.sittingsFile),
    listCheckpoints(folder.checkpoints),
    lockHolder(folder.lockFile),
  ]);
  const sitting = sittings.at(-1);
  const step = Math.max(last?.step ?? 0, checkpoints.at(-1)?.step ?? 0, sitting?.ended?.step ?? 0);
  const totalSteps = sitting?.began.totalSteps ?? scheduledSteps(config);
  const facts = { config, step, totalSteps, last, sittings };
  if (state !== undefined) return { state, ...reasonOf(sitting?.ended?.reason), ...facts };
  if (holder === undefined) return { ...stateAtRest(facts), ...facts };
  const elsewhere = holder.here
    ? undefined
    : `as process ${holder.pid} on ${holder.host}, if that still runs`;
  return { state: 'running', ...reasonOf(elsewhere), ...facts };
}

/** Nobody trains there: how it ended last. */
function stateAtRest(facts: Omit<RunStatus, 'state' | 'reason'>): Pick<RunStatus, 'state' | 'reason'> {
  const { sittings, step, totalSteps, last } = facts;
  const sitting = sittings.at(-1);
  if (sitting?.ended !== undefined) return { state: sitting.ended.how, ...reasonOf(sitting.ended.reason) };
  const astray = Object.entries(last?.losses ?? {}).find(([, value]) => !Number.isFinite(value));
  if (astray !== undefined) return { state: 'diverged', reason: `${astray[0]} is ${astray[1]}` };
  if (totalSteps !== undefined && step >= totalSteps) return { state: 'finished' };
  return { state: 'stopped', ...reasonOf(sitting && 'the trainer was killed, or its machine stopped') };
}

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

/** Steps of a schedule that counts in steps. */
function scheduledSteps(config: unknown): number | undefined {
  const { unit, constant, decay } = (config as { schedule?: Record<string, unknown> } | null)?.schedule ?? {};
  const known = unit === 'steps' && typeof constant === 'number' && typeof decay === 'number';
  return known ? constant + decay : undefined;
}
