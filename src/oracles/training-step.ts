import type { GradientRules } from '../autodiff/rules/index.ts';
import { Random } from '../core/random.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Value } from '../onnx/ir.ts';
import type { Method, StepContext } from '../training/methods/method.ts';
import { initialState, parameterName } from '../training/step/state.ts';
import { type Feed, StepBuilder, type StepBuilderOptions } from '../training/step/step-builder.ts';
import { MalformedCaseError } from './case-folder.ts';
import { CaseGraph } from './case-graph.ts';
import { byName, normOf, type Produced } from './case-kind.ts';
import { requireWeights } from './network-weights.ts';
import { inputOf, type OracleCase } from './oracle-case.ts';
import { isRelu, type ReluInputs } from './undecided-units.ts';

/** A case of one training step, as a method of ours. */
export interface StepReading {
  readonly method: Method;
  /** Our name of each network of the case: G is `generator`. */
  readonly networks: Readonly<Record<string, string>>;
  /** Losses that are off, which the reference logs as 0. */
  readonly absentLosses?: readonly string[];
  /** Random draws that the case does not save among its inputs, by the name of the feed. */
  readonly draws: ReadonlyMap<string, Tensor>;
  /** Epoch that the step is in. Default 1. */
  readonly epoch?: number;
  readonly gradientRules?: GradientRules | undefined;
}

/** How much ONNX Runtime may rewrite; the two sum convolutions in different orders. */
export type Order = 'basic' | 'all';

/**
 * Builds the step twice in one graph: at the saved weights without updates, for `losses`, `grad.<net>.<key>`,
 * `grad_norms` and pictures; and as the optimizers do it, for `step_losses` and `after_step.<net>.<key>`.
 */
export async function runStep(oracle: OracleCase, reading: StepReading, order: Order): Promise<Produced> {
  const tensors = await stepGraph(oracle, reading).run(order);
  return byName(tensors, (vector, element) =>
    vector === 'grad_norms' ? normOf(tensors.get(`grad.${element}`)) : tensors.get(`${vector}.${element}`),
  );
}

/** What goes into every ReLU of the step. */
export async function reluInputs(
  oracle: OracleCase,
  reading: StepReading,
  order: Order,
): Promise<ReluInputs> {
  const target = stepGraph(oracle, reading);
  const nodes = target.graph.appended.filter(isRelu);
  for (const node of nodes) target.output(node.name, node.inputs[0] as Value);
  const tensors = await target.run(order);
  return new Map(nodes.map(({ name }) => [name, tensors.get(name) as Tensor]));
}

function stepGraph(oracle: OracleCase, reading: StepReading): CaseGraph {
  const target = new CaseGraph();
  const state = stateInputs(target, oracle, reading);
  const feed = feeder(target, oracle, reading.draws, firstStep(oracle, reading));
  const saved = savedChoices(target, oracle);
  const still = buildStep(target, reading, { state, feed, update: false, replaced: saved });
  const prefix = 'step_';
  const ofStep = [...saved].filter(([name]) => name.startsWith(prefix));
  const replaced = new Map(ofStep.map(([name, value]) => [name.slice(prefix.length), value]));
  const moving = buildStep(target, reading, { state, feed, update: true, replaced });
  addLosses(target, 'losses', still, reading);
  addLosses(target, 'step_losses', moving, reading);
  for (const [name, value] of still.observed) target.output(name, value);
  for (const [name, value] of moving.observed) target.output(`step_${name}`, value);
  for (const [network, ours] of Object.entries(reading.networks)) {
    const keys = [...state.keys()].filter((name) => name.startsWith(parameterName(ours, '')));
    for (const name of keys) {
      const key = name.slice(parameterName(ours, '').length);
      const gradient = still.parameterGradients.get(name);
      if (gradient) target.output(`grad.${network}.${key}`, gradient);
      target.output(`after_step.${network}.${key}`, moving.state.get(name) as Value);
    }
  }
  return target;
}

/** Saved choices that hang on rounding in the published code itself: what follows is computed from them. */
function savedChoices(target: CaseGraph, { expected }: OracleCase): ReadonlyMap<string, Value> {
  const saved = expected.filter(({ f64_equal }) => f64_equal === false);
  return new Map(saved.map(({ name, tensor }) => [name, target.input(`saved/${name}`, tensor)]));
}

/** `<vector>.<loss>` for each loss. */
function addLosses(target: CaseGraph, vector: string, step: StepBuilder, reading: StepReading): void {
  for (const [name, loss] of step.reports) target.output(`${vector}.${name}`, loss);
  for (const name of reading.absentLosses ?? []) target.output(`${vector}.${name}`, target.graph.scalar(0));
}

function buildStep(
  target: CaseGraph,
  { method, gradientRules }: StepReading,
  options: Pick<StepBuilderOptions, 'state' | 'feed' | 'update' | 'replaced'>,
): StepBuilder {
  const step = new StepBuilder({
    ...options,
    graph: target.graph,
    method,
    gradientRules,
    averageDecay: 0,
    learningRateAt: () => 1,
  });
  for (const kind of method.steps) kind.build(step);
  return step;
}

/** The saved weights, checked against our networks, with the optimizers' moments at zero. */
function stateInputs(
  target: CaseGraph,
  oracle: OracleCase,
  { method, networks }: StepReading,
): ReadonlyMap<string, Value> {
  const state = new Map(initialState(method, 0, false));
  for (const [network, ours] of Object.entries(networks)) {
    const weights = oracle.weights(network);
    requireWeights(network, (method.networks[ours] as Method['networks'][string]).state, weights);
    for (const [key, tensor] of weights) {
      const name = parameterName(ours, key);
      if (state.has(name)) state.set(name, tensor);
    }
  }
  return new Map([...state].map(([name, tensor]) => [name, target.input(name, tensor)]));
}

function firstStep(oracle: OracleCase, { epoch = 1 }: StepReading): StepContext {
  return {
    iteration: 1,
    epoch,
    batch: {
      A: inputOf(oracle, 'real_A') as Tensor<'float32'>,
      B: inputOf(oracle, 'real_B') as Tensor<'float32'>,
    },
  };
}

/** Values of the feeds: the inputs of the case, its unsaved draws, and what follows from the first step. */
export function feeder(
  target: CaseGraph,
  oracle: OracleCase,
  draws: ReadonlyMap<string, Tensor>,
  first: StepContext,
): (feed: Feed) => Value {
  const known = new Map<string, Value>();
  const tensorOf = (feed: Feed): Tensor => {
    const saved = oracle.inputs.get(feed.name) ?? draws.get(feed.name);
    if (saved !== undefined) return requireShape(feed, saved);
    if (feed.shape.length === 0) return feed.provide(first, Random.of(0));
    return inputOf(oracle, feed.name);
  };
  return (feed) => {
    const value = known.get(feed.name) ?? target.input(feed.name, tensorOf(feed));
    known.set(feed.name, value);
    return value;
  };
}

function requireShape({ name, dtype, shape }: Feed, saved: Tensor): Tensor {
  if (saved.dtype === dtype && saved.dims.join() === shape.join()) return saved;
  throw new MalformedCaseError(
    `input ${name} is ${saved.dtype}[${saved.dims.join(', ')}], the step takes ${dtype}[${shape.join(', ')}]`,
  );
}
