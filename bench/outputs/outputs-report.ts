import { formatTable, milliseconds, percent } from '../table.ts';
import type { OutputsBenchmark } from './outputs-benchmark.ts';
import { outputsFigures } from './outputs-figures.ts';
import type { OutputsMeasurement } from './outputs-load.ts';

/** The measurement as people read it. */
export function outputsReport({ lanes, threadsPerLane, models }: OutputsBenchmark): string {
  const layout = `${lanes} ${lanes === 1 ? 'lane' : 'lanes'} of ${threadsPerLane} threads`;
  const head = [
    '',
    'outputs',
    'generator',
    'request',
    'request / generators',
    'lanes / generators',
    'content',
  ];
  return [
    `outputs: one request for several outputs against as many bare generator runs, ${layout}\n`,
    formatTable([head, ...models.map(row)]),
    ...models.map(details),
  ].join('\n');
}

function row(model: OutputsMeasurement): string[] {
  const { generator, request, ratio, runRatio, contentEncoderShare } = outputsFigures(model);
  const times = [generator, request].map((time) => `${milliseconds(time)} ms`);
  const shares = [ratio, runRatio, contentEncoderShare].map(percent);
  return [model.name, String(model.outputs), ...times, ...shares];
}

function details(model: OutputsMeasurement): string {
  const { contentEncoder, generator, stages } = outputsFigures(model);
  const times = Object.entries(stages).map(([stage, time]) => `${stage} ${milliseconds(time)}`);
  return [
    `${model.name}: ${model.description}`,
    `  the content encoder, run once, takes ${milliseconds(contentEncoder)} ms, as long as ${(contentEncoder / generator).toFixed(2)} generator runs`,
    `  medians in ms: ${times.join(', ')}\n`,
  ].join('\n');
}

/** The measurement for programs. */
export function outputsJson(measurement: OutputsBenchmark): object {
  const models = measurement.models.map((model) => ({ ...model, figures: outputsFigures(model) }));
  return { ...measurement, models };
}
