import { median } from '../statistics.ts';
import { formatTable, milliseconds } from '../table.ts';
import type { DiffusionMeasurement } from './diffusion-benchmark.ts';

/** The measurement as people read it. */
export function diffusionReport(measured: DiffusionMeasurement): string {
  const { side, channels, provider, threads, requests, steps, span, difference, meanShared } = measured;
  const { ways, best, continuous } = diffusionJson(measured);
  const rows = ways.map(({ way, totalMilliseconds, latencyMilliseconds, throughputRatio, latencyRatio }) => [
    way,
    milliseconds(totalMilliseconds),
    `${throughputRatio.toFixed(2)} x`,
    milliseconds(latencyMilliseconds),
    `${latencyRatio.toFixed(2)} x`,
  ]);
  return [
    `diffusion: ${requests} requests of ${steps} steps in all, ${side}x${side}, ${channels} channels, ${provider}, ${threads} threads; they come within ${milliseconds(span)} ms; ${measured.continuous.totals.length} rounds\n`,
    formatTable([['way', 'ms for all', 'throughput', 'mean latency', 'of the first'], ...rows]),
    `against the best fixed batch, ${best.way}: throughput ${continuous.throughputAgainstBest.toFixed(2)} x, mean latency ${continuous.latencyAgainstBest.toFixed(2)} x`,
    `${meanShared.toFixed(1)} steps a run; pictures differ from the same alone by at most ${difference} of 255 levels\n`,
  ].join('\n');
}

/** Ratios are of the same round, of which the median counts. */
export function diffusionJson(measured: DiffusionMeasurement) {
  const { continuous, fixed } = measured;
  const [alone] = fixed.values();
  const ratio = (a: readonly number[], b: readonly number[] = []) =>
    median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
  const figures = (way: string, { totals, latencies }: typeof continuous) => ({
    way,
    totalMilliseconds: median(totals),
    latencyMilliseconds: median(latencies),
    throughputRatio: ratio(alone?.totals ?? [], totals),
    latencyRatio: ratio(latencies, alone?.latencies),
  });
  const batches = [...fixed].map(([size, way]) => ({
    ...figures(size === 1 ? 'one at a time' : `fixed batches of ${size}`, way),
    measured: way,
  }));
  // One at a time is no batch; the others are compared by throughput.
  const [best] = batches.slice(1).sort((a, b) => a.totalMilliseconds - b.totalMilliseconds);
  const together = figures('joined at every step', continuous);
  return {
    ...measured,
    fixed: Object.fromEntries(fixed),
    ways: [...batches.map(({ measured: _, ...way }) => way), together],
    best: { way: best?.way ?? 'none' },
    continuous: {
      ...continuous,
      throughputAgainstBest: ratio(best?.measured.totals ?? [], continuous.totals),
      latencyAgainstBest: ratio(continuous.latencies, best?.measured.latencies),
    },
  };
}
