import { transitionColumns } from '../../core/diffusion/transition.ts';
import type { Tensor } from '../../core/tensor.ts';
import { Scope } from '../../nn/scope.ts';
import { constantSource } from '../../nn/sources.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, symbol } from '../../onnx/dimension.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { type GuidanceOptions, guidedStep } from '../diffusion/guided-step.ts';
import { perturbedSource, type SolverStepOutputs, solverStep } from '../diffusion/solver-step.ts';
import { fromBytes, roundedBytes } from './picture-bytes.ts';

/** A network of a step with its weights. */
export interface TimedNetwork {
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Pictures [N, 3, H, W] in [-1, 1] as noised, and times [N]. */
  forward(scope: Scope, pictures: Value, times: Value): Value;
}

interface ScoreModel {
  /** Gives the noise in its first three channels. */
  readonly score: TimedNetwork;
  /** Pictures are of this size only: the low pass depends on it, and a U-Net knows what it was trained on. */
  readonly size: { readonly height: number; readonly width: number };
}

export interface GuidedStepModel extends ScoreModel {
  /** Gives the features of the classifier of domains. */
  readonly classifier: TimedNetwork;
}

/**
 * A step of guided sampling as one network, its energies' gradient inside, so that serving needs no graph code.
 *
 * Inputs: `source`, uint8 [N, H, W, 3]; `state`, `start_noise`, `step_noise`, `previous_clean`, float32 [N, 3, H, W];
 * `time`, `realism` (lambda_s) and `faithfulness` (lambda_i), float32 [N]; `coefficients`, float32 [N, 6], in the order of
 * transitionColumns. Outputs: `next_state` and `clean`, the predicted clean picture, float32 [N, 3, H, W], and `picture`,
 * the same as bytes, uint8 [N, H, W, 3]. After the last step `picture` is the result.
 *
 * State and noise stay float32: bytes would lose what the next step needs, and noise is not bounded.
 */
export function guidedStepGraph(model: GuidedStepModel, options: GuidanceOptions = {}): Graph {
  const g = new GraphBuilder('guided step');
  const inputs = solverInputs(g, model);
  const given = guidanceInputs(g, model);
  return finished(g, guidedStep(g, networksIn(g, g, model), guided(g, inputs, given), options));
}

/**
 * The same without energies (SDEdit, Meng et al. 2022; with nothing of a picture at the start, generation): it has neither
 * the inputs of the guidance nor its cost.
 */
export function unguidedStepGraph(model: ScoreModel): Graph {
  const g = new GraphBuilder('unguided step');
  const inputs = solverInputs(g, model);
  const predicted = applied(g, g, 'score', model.score)(inputs.state, inputs.time);
  return finished(g, solverStep(g, inputs, predicted));
}

/**
 * Several steps as one network, for devices where every run copies its state there and back: a Loop over the step of
 * `guidedStepGraph`, as often as the second axis K of its inputs is long. Those are `step_noise` [N, K, 3, H, W], `time`
 * [N, K] and `coefficients` [N, K, 6]; the other inputs and the outputs are those of the single step, after the last.
 */
export function guidedStepsGraph(model: GuidedStepModel, options: GuidanceOptions = {}): Graph {
  const g = new GraphBuilder('guided steps');
  const [state, previousClean] = [planesInput(g, 'state', model), planesInput(g, 'previous_clean', model)];
  const stack = (name: string, rest: readonly Dim[]) =>
    g.input(name, 'float32', [symbol('N'), symbol('K'), ...rest]);
  const stacks = {
    stepNoise: stack('step_noise', [3, model.size.height, model.size.width]),
    time: stack('time', []),
    coefficients: stack('coefficients', [transitionColumns.length]),
  };
  const given = guidanceInputs(g, model);
  const body = g.body('step');
  const iteration = body.input('iteration', 'int64', []);
  const proceed = body.input('proceed', 'bool', []);
  const carried = [state, previousClean].map(({ name, shape }) =>
    body.input(`carried_${name}`, 'float32', shape),
  ) as [Value, Value];
  const at = (values: Value) => body.Gather(values, iteration, 1);
  const inputs = {
    state: carried[0],
    previousClean: carried[1],
    stepNoise: at(stacks.stepNoise),
    time: at(stacks.time),
    coefficients: at(stacks.coefficients),
  };
  const next = guidedStep(body, networksIn(body, g, model), guided(body, inputs, given), options);
  const outputs = [body.Identity(proceed), next.state, next.clean];
  const trips = g.Gather(g.Shape(stacks.time), g.scalar(1, 'int64'), 0);
  const [last, clean] = g.Loop(trips, [state, previousClean], body.build(outputs)) as [Value, Value];
  return finished(g, { state: last, clean });
}

function solverInputs(g: GraphBuilder, model: ScoreModel) {
  return {
    state: planesInput(g, 'state', model),
    stepNoise: planesInput(g, 'step_noise', model),
    previousClean: planesInput(g, 'previous_clean', model),
    time: numbersInput(g, 'time'),
    coefficients: g.input('coefficients', 'float32', [symbol('N'), transitionColumns.length]),
  };
}

function planesInput(g: GraphBuilder, name: string, { size }: ScoreModel): Value {
  return g.input(name, 'float32', [symbol('N'), 3, size.height, size.width]);
}

function numbersInput(g: GraphBuilder, name: string): Value {
  return g.input(name, 'float32', [symbol('N')]);
}

interface GivenGuidance {
  readonly source: Value;
  readonly startNoise: Value;
  readonly realism: Value;
  readonly faithfulness: Value;
}

function guidanceInputs(g: GraphBuilder, model: GuidedStepModel): GivenGuidance {
  const { height, width } = model.size;
  const source = fromBytes(g, g.input('source', 'uint8', [symbol('N'), height, width, 3]));
  const startNoise = planesInput(g, 'start_noise', model);
  return {
    source,
    startNoise,
    realism: numbersInput(g, 'realism'),
    faithfulness: numbersInput(g, 'faithfulness'),
  };
}

function guided<T extends { readonly coefficients: Value }>(
  g: GraphBuilder,
  inputs: T,
  { source, startNoise, realism, faithfulness }: GivenGuidance,
) {
  const perturbed = perturbedSource(g, source, startNoise, inputs.coefficients);
  return { ...inputs, perturbed, realism, faithfulness };
}

/** @param holder of the weights: the graph, or the one around it */
function networksIn(g: GraphBuilder, holder: GraphBuilder, { score, classifier }: GuidedStepModel) {
  return {
    predictNoise: applied(g, holder, 'score', score),
    features: applied(g, holder, 'classifier', classifier),
  };
}

function applied(g: GraphBuilder, holder: GraphBuilder, name: string, { weights, forward }: TimedNetwork) {
  const scope = new Scope(g, constantSource(holder, weights, `${name}.`));
  return (pictures: Value, times: Value) => forward(scope, pictures, times);
}

function finished(g: GraphBuilder, { state, clean }: SolverStepOutputs): Graph {
  return optimize(g.build({ next_state: state, clean, picture: roundedBytes(g, clean) }));
}
