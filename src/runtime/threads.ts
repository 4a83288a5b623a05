import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** Content of a file, or undefined when it cannot be read. */
export type FileReader = (file: string) => string | undefined;

const cgroupRoot = '/sys/fs/cgroup';

/**
 * How many threads may really run at once: the smaller of the processors this process is allowed to use and the CPU
 * quota of its control group (rounded down, because exceeding a quota stops every thread for the rest of the period).
 * ONNX Runtime looks at neither. At least 1.
 */
export function availableThreads(
  read: FileReader = readIfPresent,
  processors: number = availableParallelism(),
): number {
  return Math.max(1, Math.min(processors, Math.floor(cpuQuota(read))));
}

/** CPU quota of this process in processors, Infinity when there is none. A parent group's quota binds its children. */
export function cpuQuota(read: FileReader): number {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map(parseGroup);
  const unified = groups.find((group) => group.controllers.length === 0)?.path ?? '/';
  const cpu = groups.find((group) => group.controllers.includes('cpu'));
  const limits = ancestors(unified).map((group) => unifiedQuota(read, path.join(cgroupRoot, group)));
  for (const mount of new Set(['cpu', cpu?.controllers.join(',') ?? 'cpu,cpuacct'])) {
    for (const group of ancestors(cpu?.path ?? '/')) {
      limits.push(legacyQuota(read, path.join(cgroupRoot, mount, group)));
    }
  }
  return Math.min(...limits);
}

/** A line of /proc/self/cgroup, `4:cpu,cpuacct:/path` (version 1) or `0::/path` (version 2). */
function parseGroup(line: string): { controllers: string[]; path: string } {
  const [, controllers = '-', ...rest] = line.split(':');
  return { controllers: controllers === '' ? [] : controllers.split(','), path: rest.join(':') || '/' };
}

/** The group, its parent, and so on up to the root. In a container the upper ones are often all that is mounted. */
function ancestors(group: string): string[] {
  const parent = path.dirname(group);
  return parent === group ? [group] : [group, ...ancestors(parent)];
}

/** Version 2: `cpu.max` holds `<quota> <period>` in microseconds; the quota may be `max`. */
function unifiedQuota(read: FileReader, folder: string): number {
  const [quota, period] = (read(path.join(folder, 'cpu.max')) ?? '').trim().split(/\s+/);
  return ratio(quota, period);
}

/** Version 1: two files in microseconds; a quota of -1 is none. */
function legacyQuota(read: FileReader, folder: string): number {
  return ratio(read(path.join(folder, 'cpu.cfs_quota_us')), read(path.join(folder, 'cpu.cfs_period_us')));
}

function ratio(quota: string | undefined, period: string | undefined): number {
  const processors = Number(quota) / Number(period);
  return processors > 0 ? processors : Number.POSITIVE_INFINITY;
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
