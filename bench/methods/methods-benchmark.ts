import { join, resolve } from 'node:path';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import type { BenchmarkOptions } from '../options.ts';
import { checkMethod, type MethodResult } from './method-check.ts';
import { servedFaults } from './served-models.ts';

export interface MethodsMeasurement {
  readonly steps: number;
  readonly size: number;
  readonly filters: number;
  readonly results: readonly MethodResult[];
}

const defaultFilters = 16;

/** Takes each training method through what a user does with it: train, stop, resume, export, evaluate, serve. */
export async function measureMethods(
  options: BenchmarkOptions,
  note: (line: string) => void,
): Promise<MethodsMeasurement> {
  const { rehearsed, steps, side: size, threads, pairs, filters = defaultFilters } = options;
  if (options.data === undefined || options.out === undefined) {
    throw new InvalidArgumentError('methods needs --data and --out');
  }
  const [data, out] = [resolve(options.data), resolve(options.out)];
  const results: MethodResult[] = [];
  for (const method of rehearsed) {
    note(`methods: ${method}, ${steps} steps of ${size}x${size}`);
    results.push(await checkMethod(method, { data, out, steps, size, filters, threads, pairs }));
  }
  note('methods: serving what was exported');
  const models = results.flatMap((result) => result.models);
  const faults = models.length === 0 ? new Map() : await servedFaults(join(out, 'models'), models, data);
  const withServing = results.map((result) => ({
    ...result,
    faults: [
      ...result.faults,
      ...result.models.flatMap((model) => (faults.has(model) ? [`${model} ${faults.get(model)}`] : [])),
    ],
  }));
  return { steps, size, filters, results: withServing };
}
