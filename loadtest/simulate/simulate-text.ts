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

export function comparisonRows({ results }: Comparison): string[][] {
  const head = [
    'target for each replica',
    'p50 ms',
    'p99 ms',
    'refused',
    'replica-minutes',
    'most',
    'changes',
    'objective',
  ];
  const rows = results.map(({ name, holds, result }) => [
    name,
    milliseconds(result.latency.p50),
    milliseconds(result.latency.p99),
    percent(result.offered === 0 ? 0 : result.refused / result.offered),
    result.replicaMinutes.toFixed(1),
    String(result.mostReplicas),
    String(result.changes),
    holds ? 'holds' : 'broken',
  ]);
  return [head, ...rows];
}

export function verdict({ best, objective }: Comparison): string {
  const promised = `p99 of ${milliseconds(objective.p99Milliseconds)} ms and ${percent(objective.failures)} refused`;
  return best === undefined
    ? `no target keeps the objective (${promised})`
    : `cheapest that keeps the objective (${promised}): ${best}`;
}
