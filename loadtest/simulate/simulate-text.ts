import { formatTable, milliseconds, percent } from '../../bench/table.ts';
import type { Comparison } from './comparison.ts';

/** The comparison as people read it. */
export function simulateText(comparison: Comparison): string {
  return `${headline(comparison)}\n\n${formatTable(comparisonRows(comparison))}\n${verdict(comparison)}\n`;
}

export function headline({ trace, serviceTime, settings }: Comparison): string {
  const { lanes, minReplicas, maxReplicas, startUpSeconds, queueLimit } = settings;
  return (
    `${trace}; a picture takes a lane ${serviceTime}; ${minReplicas} to ${maxReplicas} replicas of ${lanes} ` +
    `${lanes === 1 ? 'lane' : 'lanes'}, ready after ${startUpSeconds} s, queue of ${queueLimit}`
  );
}

/** Latency and refusals of the worst repeat, costs of the mean one. */
export function comparisonRows({ results, repeats }: Comparison): string[][] {
  const head = [
    'target for each replica',
    'p50 ms',
    'p99 ms',
    'refused',
    'replica-minutes',
    'most',
    'changes',
    'objective holds',
  ];
  const rows = results.map((target) => [
    target.name,
    milliseconds(target.p50Milliseconds),
    milliseconds(target.p99Milliseconds),
    percent(target.refusedShare),
    target.replicaMinutes.toFixed(1),
    String(target.mostReplicas),
    target.changes.toFixed(0),
    `${target.held} of ${repeats}`,
  ]);
  return [head, ...rows];
}

export function verdict({ best, objective }: Comparison): string {
  const promised = `p99 of ${milliseconds(objective.p99Milliseconds)} ms and ${percent(objective.failures)} refused`;
  return best === undefined
    ? `no target keeps the objective (${promised})`
    : `cheapest that keeps the objective (${promised}): ${best}`;
}
