import { InvalidArgumentError } from '../../src/core/errors.ts';

/** Milliseconds by stage of a Server-Timing header: `decode;dur=3.10, queue;dur=0.20`. */
export function parseServerTiming(header: string): ReadonlyMap<string, number> {
  const entries = [...header.matchAll(/([\w-]+);dur=([\d.]+)/g)];
  return new Map(entries.map(([, stage, duration]) => [stage as string, Number(duration)]));
}

/**
 * Value of a metric in Prometheus' text format.
 * @param name with its labels, as they are printed
 * @throws InvalidArgumentError when it is not there
 */
export function metricValue(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new InvalidArgumentError(`the service has no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
