import { allocate, type Tensor, toNumbers } from '../core/tensor.ts';
import type { SequenceStep } from './lane-messages.ts';
import { FeedsError } from './session.ts';

/** An item of a run of steps. */
export interface StepItem {
  readonly index: number;
  readonly step: SequenceStep;
  /** How many of its tokens are not run, since another sequence has brought the same. */
  readonly shared: number;
}

/** What a run gave, rows as its items. */
export interface StepsRun {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly items: readonly StepItem[];
}

/** @throws FeedsError unless each item is a step of another sequence */
export function requireStepsOf(
  feeds: Readonly<Record<string, Tensor>>,
  steps: readonly SequenceStep[],
): void {
  const sequences = new Set(steps.map(({ sequence }) => sequence)).size;
  const items = Object.values(feeds).map(({ dims }) => dims[0]);
  if (sequences === steps.length && items.every((rows) => rows === steps.length)) return;
  throw new FeedsError(
    `steps of ${sequences} sequences, ${steps.length} in all, for inputs of ${items.join(', ')} items`,
  );
}

/** The tokens of an item that count; undefined when a model is asked with more than tokens, which then do not say all. */
export function tokensOf(
  feeds: Readonly<Record<string, Tensor>>,
  { index, step }: StepItem,
): number[] | undefined {
  const { tokens, ...others } = feeds;
  if (tokens === undefined || Object.keys(others).length > 0) return undefined;
  const start = index * (tokens.dims[1] as number);
  return toNumbers({ ...tokens, data: tokens.data.slice(start, start + step.count) } as Tensor);
}

/** How many of an item's tokens are run. */
export function ownTokens({ step, shared }: StepItem): number {
  return step.count - shared;
}

/** The own tokens of some items, in their order, each filled up to those of the longest. @param input [N, S, ...] */
export function rowsOf(input: Tensor, items: readonly StepItem[]): Tensor {
  const [rows = 1, tokens = 1, ...rest] = input.dims;
  const size = input.data.length / (rows * tokens);
  const longest = Math.max(...items.map(ownTokens));
  const taken = allocate(input.dtype, items.length * longest * size);
  for (const [row, item] of items.entries()) {
    const from = (item.index * tokens + item.shared) * size;
    copy(input, from, taken, row * longest * size, ownTokens(item) * size);
  }
  return { dtype: input.dtype, dims: [items.length, longest, ...rest], data: taken };
}

/**
 * Of each item what stands behind its last token, apart from what is kept.
 * @param runs at least one; their outputs are [n, S, ...]
 * @param count items of all, those that were not run included: these get zeros
 */
export function answersOf(runs: readonly [StepsRun, ...StepsRun[]], count: number): Record<string, Tensor> {
  const names = Object.keys(runs[0].outputs).filter((name) => !/^new_(?:keys|values)_\d+$/.test(name));
  return Object.fromEntries(names.map((name) => [name, lastTokens(runs, name, count)]));
}

function lastTokens(runs: readonly [StepsRun, ...StepsRun[]], name: string, count: number): Tensor {
  const { dtype, dims, data } = runs[0].outputs[name] as Tensor;
  const [rows = 1, tokens = 1, ...rest] = dims;
  const size = data.length / (rows * tokens);
  const last = allocate(dtype, count * size);
  for (const { outputs, items } of runs) {
    const output = outputs[name] as Tensor;
    for (const [row, item] of items.entries()) {
      const place = row * (output.dims[1] as number) + ownTokens(item) - 1;
      copy(output, place * size, last, item.index * size, size);
    }
  }
  return { dtype, dims: [count, ...rest], data: last };
}

/** `set` between arrays of one element type; the type of the union does not say that they are the same. */
function copy({ data }: Tensor, from: number, target: Tensor['data'], to: number, length: number): void {
  (target as Uint8Array).set(data.subarray(from, from + length) as Uint8Array, to);
}
