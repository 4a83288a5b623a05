import { formatTable, milliseconds, percent } from '../../bench/table.ts';
import type { LatencySummary } from '../latency.ts';
import type { LoadReport } from './load-test.ts';
import type { Plan } from './options.ts';
import type { RampResult } from './ramp.ts';
import type { LoadFigures, OutcomeFigures } from './recorder.ts';

/** The report as people read it. */
export function loadText(report: LoadReport): string {
  const { figures, ramp } = report;
  return [
    `${headline(report)}\n`,
    ...(ramp === undefined ? [] : [rampText(ramp)]),
    formatTable(outcomeRows(figures)),
    ...(figures.stages.length === 0 ? [] : [formatTable(stageRows(figures))]),
    `${remarks(report).join('\n')}\n`,
  ].join('\n');
}

/** For instance `200` or `429 OVERLOADED`. */
export function outcomeName({ status, code }: Pick<OutcomeFigures, 'status' | 'code'>): string {
  return `${status === 0 ? 'no answer' : status} ${code}`.trimEnd();
}

function planText(plan: Plan, arrivals: string): string {
  if (plan.kind === 'clients') return `${plan.clients} clients, closed loop`;
  if (plan.kind === 'rate') return `${plan.rate} requests a second, ${arrivals}`;
  return `${plan.from} to ${plan.to} requests a second, ${arrivals}`;
}

const latencyHead = ['mean', 'p50', 'p90', 'p99', 'p99.9', 'max'] as const;

export function outcomeRows({ outcomes }: LoadFigures): string[][] {
  const rows = outcomes.map((outcome) => [
    outcomeName(outcome),
    String(outcome.count),
    ...cells(outcome.latency),
  ]);
  return [['ms', 'requests', ...latencyHead], ...rows];
}

export function stageRows({ stages }: LoadFigures): string[][] {
  return [
    ['ms of answered requests', ...latencyHead],
    ...stages.map((stage) => [stage.stage, ...cells(stage)]),
  ];
}

function cells({ mean, p50, p90, p99, p999, max }: LatencySummary): string[] {
  return [mean, p50, p90, p99, p999, max].map(milliseconds);
}

export function headline({ target, plan, arrivals, models }: LoadReport): string {
  return `${target}, ${Object.keys(models).join(', ')}: ${planText(plan, arrivals)}`;
}

export function rampRows({ steps }: RampResult): string[][] {
  const rows = steps.map(({ rate, holds, figures }) => [
    rate.toFixed(2),
    figures.answeredPerSecond.toFixed(2),
    milliseconds(figures.latency.p99),
    percent(figures.failures),
    holds ? 'holds' : 'broken',
  ]);
  return [['rate /s', 'answered /s', 'p99 ms', 'failures', 'objective'], ...rows];
}

function rampText(ramp: RampResult): string {
  const found =
    ramp.highestRate === undefined
      ? 'the objective does not even hold at the lowest rate\n'
      : `the objective holds up to ${ramp.highestRate.toFixed(2)} requests a second; that load:\n`;
  return `${formatTable(rampRows(ramp))}\n${found}`;
}

/** What a reader must know beside the tables. */
export function remarks(report: LoadReport): string[] {
  const { figures, objective, holds, bare } = report;
  return [
    `objective: p99 of ${milliseconds(objective.p99Milliseconds)} ms and ${percent(objective.failures)} failures: ${holds ? 'holds' : 'broken'}`,
    `${figures.answered} of ${figures.offered} requests answered with a picture, ${figures.answeredPerSecond.toFixed(2)} a second` +
      (figures.retries === 0 ? '' : `; ${figures.retries} sent again after Retry-After`),
    ...(figures.answered < 100
      ? ['with fewer than 100 answers p99 is the slowest one: send for longer']
      : []),
    ...notSentRemark(figures),
    ...(bare === undefined ? [] : [bareRemark(bare, figures)]),
    `requests were sent ${milliseconds(figures.late.p99)} ms late or less (p99); latency counts from when they were due`,
  ];
}

function notSentRemark({ notSent }: LoadFigures): string[] {
  return notSent === 0
    ? []
    : [`${notSent} were not sent, as --max-outstanding were under way; they count as failed`];
}

function bareRemark(bare: NonNullable<LoadReport['bare']>, { answeredPerSecond }: LoadFigures): string {
  const rate = (bare.before + bare.after) / 2;
  return (
    `bare session (${bare.lanes} x ${bare.threadsPerLane} threads): ${bare.before.toFixed(2)} pictures a second before, ` +
    `${bare.after.toFixed(2)} after; the service answered ${percent(answeredPerSecond / rate)} of that`
  );
}
