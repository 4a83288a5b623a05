import { describe, expect, it } from 'vitest';
import { availableThreads, cpuQuota } from './threads.ts';

const reader = (files: Record<string, string>) => (file: string) => files[file];

describe('cpuQuota', () => {
  it('is unlimited without control groups', () => {
    expect(cpuQuota(reader({}))).toBe(Number.POSITIVE_INFINITY);
  });

  it('reads version 2 at the root, as a container sees it', () => {
    expect(
      cpuQuota(reader({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '250000 100000\n' })),
    ).toBe(2.5);
  });

  it('takes "max" as no limit', () => {
    const files = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' };
    expect(cpuQuota(reader(files))).toBe(Number.POSITIVE_INFINITY);
  });

  it('lets the tightest of a version 2 group and its parents win', () => {
    const files = {
      '/proc/self/cgroup': '0::/system.slice/unpaired.service\n',
      '/sys/fs/cgroup/system.slice/unpaired.service/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/system.slice/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
    };
    expect(cpuQuota(reader(files))).toBe(1.5);
  });

  it('reads version 1 in a container, where the path of the host is not mounted', () => {
    const files = {
      '/proc/self/cgroup': '9:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    };
    expect(cpuQuota(reader(files))).toBe(3);
  });

  it('reads version 1 at the path of the group', () => {
    const files = {
      '/proc/self/cgroup': '4:cpu,cpuacct:/jobs/7\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_period_us': '100000\n',
    };
    expect(cpuQuota(reader(files))).toBe(0.5);
  });

  it('takes a version 1 quota of -1, and a broken file, as no limit', () => {
    const none = {
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    };
    expect(cpuQuota(reader(none))).toBe(Number.POSITIVE_INFINITY);
    expect(cpuQuota(reader({ '/sys/fs/cgroup/cpu.max': 'nonsense' }))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('availableThreads', () => {
  const quota = (text: string) => reader({ '/sys/fs/cgroup/cpu.max': text });

  it('is the smaller of processors and quota, rounded down, and at least 1', () => {
    expect(availableThreads(quota('250000 100000'), 8)).toBe(2);
    expect(availableThreads(quota('800000 100000'), 4)).toBe(4);
    expect(availableThreads(quota('50000 100000'), 4)).toBe(1);
    expect(availableThreads(quota('max 100000'), 6)).toBe(6);
  });

  it('is a positive whole number here', () => {
    const threads = availableThreads();
    expect(Number.isInteger(threads) && threads >= 1).toBe(true);
  });
});
