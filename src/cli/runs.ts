import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { messageOf } from '../core/errors.ts';
import { type FoundFolder, findRuns } from '../training/run/find-runs.ts';
import { type RunFolder, type RunState, type RunStatus, readRunStatus } from '../training/run/index.ts';
import { formatDuration } from '../training/run/progress-line.ts';
import { formatTable } from './text-table.ts';

/** A run as `unpaired runs --json` prints it. */
interface ListedRun {
  readonly name: string;
  readonly path: string;
  /** `unreadable`: the folder is none of a run, or its settings cannot be read. */
  readonly state: RunState | 'unreadable';
  readonly reason?: string;
  readonly method?: string;
  readonly step?: number;
  readonly totalSteps?: number;
  readonly epoch?: number;
  /** As last logged; what is not finite is the text `NaN`, `Infinity` or `-Infinity`. */
  readonly losses?: Readonly<Record<string, number | string>>;
  readonly imagesPerSecond?: number;
  /** Seconds of training, all sittings together. */
  readonly seconds?: number;
  /** When something was last written, ISO 8601. */
  readonly updatedAt?: string;
  readonly dataset?: string;
}

/** `unpaired runs`: the training runs below a folder and how they stand. */
export function runsCommand(): Command {
  return new Command('runs')
    .summary('list the training runs below a folder')
    .description(
      'Lists training runs: running, stopped (--resume goes on), finished, diverged, failed. A folder that is no run, ' +
        'or whose settings cannot be read, is listed with the reason.',
    )
    .argument('[folder]', 'folder of runs', 'runs')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', '\nExamples:\n  unpaired runs\n  unpaired runs /data/runs --json')
    .action(async (root: string, { json }: { json?: boolean }) => {
      const found = await findRuns(resolve(root));
      const listed = await Promise.all(found.map(listRun));
      process.stdout.write(json ? `${JSON.stringify(listed, null, 2)}\n` : formatTable(tableOf(listed)));
      if (listed.length === 0) process.stderr.write(`there is no run in ${root}\n`);
    });
}

async function listRun({ name, folder, reason }: FoundFolder): Promise<ListedRun> {
  const named = { name, path: folder.path };
  if (reason !== undefined) return { ...named, state: 'unreadable', reason };
  try {
    const status = await readRunStatus(folder);
    const fault = faultOf(status.config);
    if (fault !== undefined) return { ...named, state: 'unreadable', reason: fault };
    return { ...named, ...factsOf(status), ...(await lastChange(folder)) };
  } catch (thrown) {
    return { ...named, state: 'unreadable', reason: messageOf(thrown) };
  }
}

/** Settings of a version that had others are still those of a run. */
function faultOf(config: unknown): string | undefined {
  if (config === undefined) return 'it has no config.json';
  const { method } = (config ?? {}) as { method?: unknown };
  return typeof method === 'string' ? undefined : 'its config.json names no method';
}

function factsOf({ state, reason, config, step, totalSteps, last }: RunStatus) {
  const { method, data } = (config ?? {}) as Readonly<Record<string, unknown>>;
  return {
    state,
    ...(reason === undefined ? {} : { reason }),
    method: String(method),
    step,
    ...(totalSteps === undefined ? {} : { totalSteps }),
    ...(last === undefined ? {} : measuresOf(last)),
    ...(typeof data === 'string' ? { dataset: data } : {}),
  };
}

function measuresOf({ epoch, losses, imagesPerSecond, seconds }: NonNullable<RunStatus['last']>) {
  const told = Object.entries(losses).map(([name, value]) => [
    name,
    Number.isFinite(value) ? value : String(value),
  ]);
  return {
    epoch,
    losses: Object.fromEntries(told) as NonNullable<ListedRun['losses']>,
    imagesPerSecond,
    seconds,
  };
}

/** Of the files that training writes most often. */
async function lastChange(folder: RunFolder): Promise<{ updatedAt?: string }> {
  const files = [folder.configFile, folder.metricsFile, folder.sittingsFile, folder.checkpoints];
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return { updatedAt: new Date(Math.max(...times)).toISOString() };
}

function tableOf(listed: readonly ListedRun[]): string[][] {
  const head = ['NAME', 'METHOD', 'STATE', 'STEP', 'IMAGES/S', 'UPDATED', 'LOSSES', 'DATASET', 'NOTE'];
  return [head, ...listed.map(rowOf)];
}

function rowOf(run: ListedRun): string[] {
  return [
    run.name,
    run.method ?? '-',
    run.state,
    run.step === undefined ? '-' : `${run.step}/${run.totalSteps ?? '?'}`,
    run.imagesPerSecond?.toFixed(2) ?? '-',
    run.updatedAt === undefined ? '-' : `${ageOf(run.updatedAt)} ago`,
    lossText(run.losses ?? {}),
    run.dataset ?? '-',
    run.reason ?? '',
  ];
}

function ageOf(time: string): string {
  return formatDuration(Math.max(0, (Date.now() - Date.parse(time)) / 1000));
}

/** The sums that generators and discriminators are trained on, or all losses where none has such a name. */
function lossText(losses: NonNullable<ListedRun['losses']>): string {
  const all = Object.entries(losses);
  const sums = all.filter(([name]) => /^[GD](?:_[AB])?$/.test(name));
  const shown = (sums.length > 0 ? sums : all).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? value.toPrecision(3) : value}`,
  );
  return shown.join('  ') || '-';
}
