import { InvalidArgumentError } from '../../src/core/errors.ts';

/** An entry of ONNX Runtime's profile; times in microseconds. */
export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** What all nodes of one operator took in one run. */
export interface OperatorTime {
  /** ONNX Runtime's name: what it fused or replaced has a name of its own. */
  readonly operator: string;
  readonly nodes: number;
  readonly milliseconds: number;
}

export interface RunTimes {
  readonly milliseconds: number;
  /** Longest first; they add up to a little less than the run. */
  readonly operators: readonly OperatorTime[];
}

/**
 * Where the time of the last run of a profile went.
 * @throws InvalidArgumentError when the profile holds no run
 */
export function timesOfLastRun(events: readonly ProfileEvent[]): RunTimes {
  const run = events.filter(({ name }) => name === 'model_run').at(-1);
  if (run === undefined) throw new InvalidArgumentError('the profile holds no run');
  const operators = new Map<string, OperatorTime>();
  for (const { cat, name, ts, dur, args } of events) {
    const inside = ts >= run.ts && ts <= run.ts + run.dur;
    if (!inside || cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const operator = args?.op_name ?? name;
    const before = operators.get(operator) ?? { operator, nodes: 0, milliseconds: 0 };
    operators.set(operator, {
      operator,
      nodes: before.nodes + 1,
      milliseconds: before.milliseconds + dur / 1000,
    });
  }
  const sorted = [...operators.values()].sort((left, right) => right.milliseconds - left.milliseconds);
  return { milliseconds: run.dur / 1000, operators: sorted };
}
