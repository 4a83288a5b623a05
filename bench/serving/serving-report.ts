import { formatTable, milliseconds, percent } from '../table.ts';
import { loadFigures } from './load-figures.ts';
import type { ModelMeasurement } from './model-load.ts';
import type { ServingMeasurement } from './serving-benchmark.ts';

/** The measurement as people read it. */
export function servingReport({
  provider,
  lanes,
  threadsPerLane,
  models,
  failed,
}: ServingMeasurement): string {
  const layout = `${lanes} ${lanes === 1 ? 'lane' : 'lanes'} of ${threadsPerLane} threads`;
  const head = ['', 'requests', 'errors', 'different', 'bare /s', 'HTTP /s', 'HTTP / bare'];
  const rows = models.map((model) => [...throughput(model), ...strain(model)]);
  const unopened = failed.map(({ name, reason }) => `${name} could not be opened: ${reason}\n`);
  return [
    `serving: ${provider}, ${layout}, as many bare sessions\n`,
    formatTable([[...head, 'delay max', 'delay p99', 'latency', 'latency p99'], ...rows]),
    ...unopened,
    ...models.map(modelReport),
  ].join('\n');
}

function throughput(model: ModelMeasurement): string[] {
  const { verdict, name, requests } = model;
  const { barePictures, httpPictures, ratio } = loadFigures(model);
  const counts = [requests, verdict.errors, verdict.different].map(String);
  return [name, ...counts, barePictures.toFixed(2), httpPictures.toFixed(2), percent(ratio)];
}

function strain(model: ModelMeasurement): string[] {
  const { delayMax, delayP99, latencyMedian, latencyP99 } = loadFigures(model);
  return [delayMax, delayP99, latencyMedian, latencyP99].map((time) => `${milliseconds(time)} ms`);
}

/** Where the time of a picture went. */
function modelReport(model: ModelMeasurement): string {
  const { stages, lane, cpu, delayMax, clientDelayMax } = loadFigures(model);
  const { name, version, description, verdict } = model;
  const lines = [
    `${name} ${version}: ${description}`,
    `  medians in ms: ${Object.entries(stages)
      .map(([stage, time]) => `${stage} ${milliseconds(time)}`)
      .join(', ')}`,
    `  a lane takes ${milliseconds(lane.run + lane.between)} ms a picture, bare ${milliseconds(lane.bare)}: ` +
      `${signed(lane.run - lane.bare)} running, beside others that use the processor, ${signed(lane.between)} between two runs`,
    `  processor time a picture outside of the lanes: service ${milliseconds(cpu.service)} ms, clients ${milliseconds(cpu.clients)} ms`,
    `  the HTTP thread answered at most ${milliseconds(delayMax)} ms late; the clients' thread, which hardly computes, ${milliseconds(clientDelayMax)} ms`,
    ...(verdict.firstError === undefined ? [] : [`  first error: ${verdict.firstError}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function signed(time: number): string {
  return `${time < 0 ? '-' : '+'}${milliseconds(Math.abs(time))}`;
}

/** The measurement for programs: figures, without the pictures that were received. */
export function servingJson(measurement: ServingMeasurement): object {
  const models = measurement.models.map((model) => {
    const { answers: _, ...rest } = model;
    return { ...rest, figures: loadFigures(model) };
  });
  return { ...measurement, models };
}
