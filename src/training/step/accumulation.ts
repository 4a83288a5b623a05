import { InvalidArgumentError } from '../../core/errors.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import type { Method, StepKind } from '../methods/method.ts';
import type { TrainingState } from './state.ts';
import { type CallSpan, type Minimization, StepBuilder } from './step-builder.ts';
import {
  changedEntries,
  stateInputs,
  type TrainingGraph,
  type TrainingGraphOptions,
} from './training-graph.ts';

/*
 * A step over several micro-batches. What is computed is the step of one batch that holds all of them, as far as its
 * losses are means over pictures; only one micro-batch is in memory at a time.
 *
 * A loss that looks at weights which the same step has updated (the generator's, after the discriminator of CUT) needs
 * all gradients of that update first. So a step has phases: each goes through all micro-batches and adds up gradients,
 * then its optimizers step; the next phase goes through the micro-batches again. Losses that do not look at each
 * other's updates share a phase (all those of CycleGAN).
 */

/** A part of a step whose optimizers step together. */
export interface Phase {
  readonly span: CallSpan;
  /** What is minimised in it, in order. */
  readonly turns: readonly PhaseTurn[];
}

/** Optimizers that step on one loss. */
interface PhaseTurn {
  readonly optimizers: readonly string[];
  /** The gradients that are summed for them. */
  readonly sums: readonly GradientSum[];
}

/** The sum of a parameter's gradients over micro-batches. */
export interface GradientSum {
  /** Name under which it goes in: a parameter that has several turns in a phase has a sum in each. */
  readonly name: string;
  readonly parameter: string;
}

/** All sums of a phase. */
export function sumsOf({ turns }: Phase): GradientSum[] {
  return turns.flatMap(({ sums }) => sums);
}

/**
 * The phases of a kind of step.
 * @throws InvalidArgumentError when a loss looks at weights both as they were before an update and after it
 */
export function phasesOf(
  method: Method,
  kind: StepKind,
  state: TrainingState,
  options: TrainingGraphOptions,
): Phase[] {
  const graph = new GraphBuilder('phases');
  const inputs = stateInputs(graph, state);
  const step = stepBuilder(method, graph, inputs, options, { update: true });
  kind.build(step);
  const calls = step.minimized;
  const starts: number[] = [0];
  for (const call of calls.keys()) {
    const group = calls.slice(starts.at(-1), call);
    if (group.some((earlier) => follows(calls[call] as Minimization, earlier))) starts.push(call);
  }
  requireUpdatedOnly(method, calls, starts, inputs);
  return starts.map((first, index) => phaseOf(calls, first, starts[index + 1]));
}

/**
 * The gradients of a phase for one micro-batch, added to sums that go in under their names; the new sums are the last
 * outputs, in the order of `sumsOf`. Nothing is updated but what forward passes leave behind (running statistics, memory).
 * @param count micro-batches in a step: each gradient is divided by it
 */
export function gradientGraph(
  method: Method,
  kind: StepKind,
  state: TrainingState,
  options: TrainingGraphOptions,
  { span, turns, count }: Phase & { readonly count: number },
): TrainingGraph {
  const graph = new GraphBuilder(`${method.name} ${kind.name}, gradients from ${span.first}`);
  const inputs = stateInputs(graph, state);
  const step = stepBuilder(method, graph, inputs, options, { update: false, span });
  kind.build(step);
  const changed = changedEntries(inputs, step);
  const sums = turns.flatMap((turn, index) =>
    turn.sums.map(({ name, parameter }) => {
      const gradient = step.minimized[index]?.gradients.get(parameter) as Value;
      return graph.Add(graph.input(name, 'float32', gradient.shape), graph.Div(gradient, count));
    }),
  );
  const left = changed.map((name) => step.state.get(name) as Value);
  const whole = optimize(graph.build([...left, ...step.reports.values(), ...sums]));
  const used = withoutUnusedInputs(whole);
  const feeds = step.feeds.filter(({ name }) => used.inputs.some((input) => input.name === name));
  return { graph: used, feeds, changed, reports: [...step.reports.keys()], stepsPerRun: 1 };
}

/** The optimizers' step at the end of a phase, from the sums of gradients. */
export function updateGraph(
  method: Method,
  state: TrainingState,
  options: TrainingGraphOptions,
  { turns }: Phase,
): TrainingGraph {
  const graph = new GraphBuilder(`${method.name}, step of ${turns.map(namesOf).join(', then of ')}`);
  const inputs = stateInputs(graph, state);
  const step = stepBuilder(method, graph, inputs, options, { update: true });
  for (const { optimizers, sums } of turns) {
    const given = sums.map(({ name, parameter }) => {
      const { shape } = inputs.get(parameter) as Value;
      return [parameter, graph.input(name, 'float32', shape)] as const;
    });
    for (const optimizer of optimizers) step.update(optimizer, new Map(given));
  }
  const changed = changedEntries(inputs, step);
  const whole = optimize(graph.build(changed.map((name) => step.state.get(name) as Value)));
  return { graph: withoutUnusedInputs(whole), feeds: step.feeds, changed, reports: [], stepsPerRun: 1 };
}

function stepBuilder(
  method: Method,
  graph: GraphBuilder,
  state: ReadonlyMap<string, Value>,
  options: TrainingGraphOptions,
  { update, span }: { readonly update: boolean; readonly span?: CallSpan },
): StepBuilder {
  return new StepBuilder({
    ...options,
    graph,
    method,
    state,
    feed: ({ name, dtype, shape }) => graph.input(name, dtype, shape),
    update,
    ...(span === undefined ? {} : { span }),
  });
}

function phaseOf(calls: readonly Minimization[], first: number, next: number | undefined): Phase {
  const turns = calls.slice(first, next).map(({ optimizers, gradients }, turn) => ({
    optimizers,
    sums: [...gradients.keys()].map((parameter) => ({ name: `gradient/${turn}/${parameter}`, parameter })),
  }));
  // The last phase takes all that is left of the step.
  return { span: { first, end: next ?? Number.POSITIVE_INFINITY }, turns };
}

function namesOf({ optimizers }: PhaseTurn): string {
  return optimizers.join(' and ');
}

/** Whether a call looks at what an earlier one has updated. */
function follows(call: Minimization, earlier: Minimization): boolean {
  const updated = new Set(earlier.updated.values());
  return reaches(call.gradients.values(), (value) => updated.has(value), new Set());
}

/** Weights that an earlier phase has updated are only there as updated. */
function requireUpdatedOnly(
  method: Method,
  calls: readonly Minimization[],
  starts: readonly number[],
  inputs: ReadonlyMap<string, Value>,
): void {
  for (const [index, call] of calls.entries()) {
    const start = starts.findLast((first) => first <= index) ?? 0;
    const updates = calls.slice(0, start).flatMap(({ updated }) => [...updated]);
    const old = new Set(updates.map(([name]) => inputs.get(name)));
    const behind = new Set(updates.map(([, value]) => value));
    if (!reaches(call.gradients.values(), (value) => old.has(value), behind)) continue;
    throw new InvalidArgumentError(
      `${method.name} cannot add up gradients over micro-batches: the loss of ${call.optimizers.join(' and ')} ` +
        'looks at weights from before an update of the same step',
    );
  }
}

/** Whether values depend on one that is wanted, by a way that does not go through one of `barred`. */
function reaches(
  values: Iterable<Value>,
  wanted: (value: Value) => boolean,
  barred: ReadonlySet<Value>,
): boolean {
  const seen = new Set<Value>(barred);
  const pending = [...values];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue;
    if (wanted(value)) return true;
    seen.add(value);
    for (const input of value.producer?.inputs ?? []) if (input !== undefined) pending.push(input);
  }
  return false;
}

/** A phase needs a part of the state and of the feeds only. */
function withoutUnusedInputs(graph: Graph): Graph {
  const used = new Set<Value>(graph.outputs);
  for (const { inputs } of graph.nodes) for (const input of inputs) if (input !== undefined) used.add(input);
  return { ...graph, inputs: graph.inputs.filter((input) => used.has(input)) };
}
