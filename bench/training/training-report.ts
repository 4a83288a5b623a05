import { formatTable, milliseconds, percent } from '../table.ts';
import { type StepMeasurement, stepFigures, type TrainingMeasurement } from './training-benchmark.ts';

/** Operators that get a line of their own. */
const longest = 8;

/** The measurement as people read it. */
export function trainingReport({ preset, provider, threads, steps }: TrainingMeasurement): string {
  const head = [
    'method',
    'pictures',
    'filters',
    'steps',
    'GFLOP',
    'ms',
    'GFLOP/s',
    'GEMM GFLOP/s',
    'share',
    'share by pair',
  ];
  return [
    `training: preset ${preset}, ${provider}, ${threads} threads\n`,
    formatTable([head, ...steps.flatMap(stepRows)]),
    ...steps.map(timesReport),
  ].join('\n');
}

function stepRows(step: StepMeasurement): string[][] {
  const { earlier, ...now } = stepFigures(step);
  const row = (method: string, steps: number, figures: NonNullable<typeof earlier>) => [
    method,
    `${step.batchSize} of ${step.side}x${step.side}`,
    String(step.filters),
    String(steps),
    now.gigaflops.toFixed(1),
    milliseconds(figures.stepMilliseconds),
    figures.gigaflopsPerSecond.toFixed(1),
    now.ceilingGigaflopsPerSecond.toFixed(1),
    percent(figures.shareOfCeiling),
    percent(figures.shareOfNeighbour),
  ];
  const rows = [row(step.method, step.stepTimes.length, now)];
  if (step.earlier && earlier) {
    rows.unshift(row(`${step.method} at ${step.earlier.revision}`, step.earlier.stepTimes.length, earlier));
  }
  return rows;
}

/** Where the time of a step goes, by ONNX Runtime's own record of one run. */
function timesReport({ method, side, times, flops }: StepMeasurement): string {
  const row = (name: string, nodes: number, time: number) => [
    name,
    String(nodes),
    milliseconds(time),
    percent(time / times.milliseconds),
  ];
  const sum = (operators: typeof times.operators) =>
    operators.reduce(
      (total, each) => ({ nodes: total.nodes + each.nodes, time: total.time + each.milliseconds }),
      {
        nodes: 0,
        time: 0,
      },
    );
  const [all, others] = [sum(times.operators), sum(times.operators.slice(longest))];
  const rows = [
    [`${method} ${side}x${side}, one step`, 'nodes', 'ms', 'share'],
    ...times.operators.slice(0, longest).map((each) => row(each.operator, each.nodes, each.milliseconds)),
    row('other operators', others.nodes, others.time),
    row('between operators', 0, times.milliseconds - all.time),
  ];
  const shares = [...flops.byOperator].map(
    ([operator, count]) => `${operator} ${percent(count / flops.total)}`,
  );
  return `${formatTable(rows)}of the GFLOP: ${shares.join(', ')}\n`;
}

/** The measurement for programs. */
export function trainingJson(measurement: TrainingMeasurement): object {
  const steps = measurement.steps.map((step) => ({
    ...step,
    flops: { total: step.flops.total, byOperator: Object.fromEntries(step.flops.byOperator) },
    figures: stepFigures(step),
  }));
  return { ...measurement, steps };
}
