import { median } from '../statistics.ts';
import { formatTable, milliseconds } from '../table.ts';
import type { DiffusionMeasurement, MeasuredLoad, MeasuredWay } from './diffusion-benchmark.ts';

/** The measurement as people read it. */
export function diffusionReport(measured: DiffusionMeasurement): string {
  const { side, channels, provider, threads, requests, rounds, difference, meanShared } = measured;
  return [
    `diffusion: ${requests} requests, ${side}x${side}, ${channels} channels, ${provider}, ${threads} threads, ${rounds} rounds`,
    ...measured.loads.map(loadReport),
    `${meanShared.toFixed(1)} steps a run; pictures differ from the same alone by at most ${difference} of 255 levels\n`,
  ].join('\n\n');
}

function loadReport(measured: MeasuredLoad): string {
  const { load, ways, joined } = loadFigures(measured);
  const rows = ways.map((way) => [
    way.way,
    milliseconds(way.totalMilliseconds),
    `${way.throughputRatio.toFixed(2)} x`,
    milliseconds(way.latencyMilliseconds),
    `${way.latencyRatio.toFixed(2)} x`,
  ]);
  const against = joined.map(
    ({ way, throughput, latency }) => `${way} ${throughput.toFixed(2)} x, ${latency.toFixed(2)} x`,
  );
  return [
    `load ${load}:`,
    formatTable([['way', 'ms for all', 'throughput', 'mean latency', 'of the first'], ...rows]),
    `joined at every step, throughput and mean latency against fixed batches: ${against.join('; ')}`,
  ].join('\n');
}

export function diffusionJson(measured: DiffusionMeasurement) {
  return { ...measured, loads: measured.loads.map(loadFigures) };
}

/** Ratios are of the same round, of which the median counts. */
function loadFigures({ load, fixed, continuous }: MeasuredLoad) {
  const [alone = continuous] = fixed.values();
  const figures = (way: string, measured: MeasuredWay) => ({
    way,
    totalMilliseconds: median(measured.totals),
    latencyMilliseconds: median(measured.latencies),
    throughputRatio: throughputAgainst(alone, measured),
    latencyRatio: latencyAgainst(alone, measured),
    measured,
  });
  const batches = [...fixed].map(([size, way]) =>
    figures(size === 1 ? 'one at a time' : `fixed batches of ${size}`, way),
  );
  const joined = [...fixed]
    .filter(([size]) => size > 1)
    .map(([size, way]) => ({
      way: `of ${size}`,
      throughput: throughputAgainst(way, continuous),
      latency: latencyAgainst(way, continuous),
    }));
  return { load, ways: [...batches, figures('joined at every step', continuous)], joined };
}

function throughputAgainst(other: MeasuredWay, { totals }: MeasuredWay): number {
  return median(totals.map((total, round) => (other.totals[round] ?? Number.NaN) / total));
}

function latencyAgainst(other: MeasuredWay, { latencies }: MeasuredWay): number {
  return median(latencies.map((latency, round) => latency / (other.latencies[round] ?? Number.NaN)));
}
