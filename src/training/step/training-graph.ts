import { allocate, type Tensor, tensor } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import type { Method, StepKind } from '../methods/method.ts';
import type { TrainingState } from './state.ts';
import { type Feed, StepBuilder, type StepBuilderOptions } from './step-builder.ts';

/** A training step as one graph: state and feeds in, state and reported scalars out. */
export interface TrainingGraph {
  readonly graph: Graph;
  readonly feeds: readonly Feed[];
  /** Names of the state entries that the step changes, in the order of the first outputs. */
  readonly changed: readonly string[];
  /** Names of the reported scalars; their outputs follow the state's. */
  readonly reports: readonly string[];
  /** Optimizer steps in one run: 1, or the iterations of a Loop. */
  readonly stepsPerRun: number;
}

export type TrainingGraphOptions = Pick<
  StepBuilderOptions,
  'averageDecay' | 'learningRateAt' | 'pictureSizes' | 'frozen'
> & { readonly stepsPerRun: number };

/**
 * Writes forward passes, losses, gradients and updates of one kind of step as a graph.
 * With more than one step a run, the step is the body of a Loop whose state stays on the device, and each feed is
 * stacked along a new first axis.
 */
export function buildTrainingGraph(
  method: Method,
  kind: StepKind,
  state: TrainingState,
  options: TrainingGraphOptions,
): TrainingGraph {
  return options.stepsPerRun === 1
    ? singleStep(method, kind, state, options)
    : repeatedStep(method, kind, state, options);
}

function singleStep(
  method: Method,
  kind: StepKind,
  state: TrainingState,
  options: TrainingGraphOptions,
): TrainingGraph {
  const graph = new GraphBuilder(`${method.name} ${kind.name}`);
  const inputs = stateInputs(graph, state);
  const step = new StepBuilder({
    ...options,
    graph,
    method,
    state: inputs,
    feed: ({ name, dtype, shape }) => graph.input(name, dtype, shape),
    update: true,
  });
  kind.build(step);
  const changed = changedEntries(inputs, step);
  const outputs = [...changed.map((name) => step.state.get(name) as Value), ...step.reports.values()];
  return finished(graph.build(outputs), step, changed, 1);
}

function repeatedStep(
  method: Method,
  kind: StepKind,
  state: TrainingState,
  options: TrainingGraphOptions,
): TrainingGraph {
  const { stepsPerRun } = options;
  const graph = new GraphBuilder(`${method.name} ${kind.name}, ${stepsPerRun} steps`);
  const outer = stateInputs(graph, state);
  const body = graph.body('step');
  const iteration = body.input('iteration', 'int64', []);
  const proceed = body.input('proceed', 'bool', []);
  const carried = new Map(
    [...state].map(([name, { dtype, dims }]) => [name, body.input(`carried/${name}`, dtype, dims)]),
  );
  const step = new StepBuilder({
    ...options,
    graph: body,
    method,
    state: carried,
    feed: ({ name, dtype, shape }) =>
      body.Gather(graph.input(name, dtype, [stepsPerRun, ...shape]), iteration, 0),
    update: true,
  });
  kind.build(step);
  const names = [...state.keys()];
  const results = [...names.map((name) => step.state.get(name) as Value), ...step.reports.values()];
  const trips = graph.scalar(stepsPerRun, 'int64');
  // An output of a body must be computed in it: what is only passed through goes by an Identity.
  const computed = [proceed, ...results].map((value) => (value.producer ? value : body.Identity(value)));
  const loop = graph.Loop(trips, [...outer.values()], body.build(computed));
  return finished(graph.build(loop), step, names, stepsPerRun);
}

export function stateInputs(graph: GraphBuilder, state: TrainingState): Map<string, Value> {
  return new Map([...state].map(([name, { dtype, dims }]) => [name, graph.input(name, dtype, dims)]));
}

/** Names of the state entries that a step has changed. */
export function changedEntries(before: ReadonlyMap<string, Value>, step: StepBuilder): string[] {
  return [...before.keys()].filter((name) => step.state.get(name) !== before.get(name));
}

function finished(
  graph: Graph,
  step: StepBuilder,
  changed: readonly string[],
  stepsPerRun: number,
): TrainingGraph {
  return {
    graph: optimize(graph),
    feeds: step.feeds,
    changed,
    reports: [...step.reports.keys()],
    stepsPerRun,
  };
}

/** Feeds of consecutive steps as one tensor with a new first axis. */
export function stackFeeds(steps: readonly Tensor[]): Tensor {
  const [{ dtype, dims, data }] = steps as [Tensor];
  const stacked = allocate(dtype, data.length * steps.length);
  for (const [index, step] of steps.entries()) {
    // The arrays of one feed have one type, which the compiler cannot know.
    (stacked as Float32Array).set(step.data as Float32Array, index * data.length);
  }
  return tensor(dtype, [steps.length, ...dims], stacked);
}
