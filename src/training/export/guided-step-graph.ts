import { transitionColumns } from '../../core/diffusion/transition.ts';
import type { Tensor } from '../../core/tensor.ts';
import { Scope } from '../../nn/scope.ts';
import { constantSource } from '../../nn/sources.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dimension.ts';
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
  const source = g.input('source', 'uint8', [symbol('N'), model.size.height, model.size.width, 3]);
  const startNoise = planesInput(g, 'start_noise', model);
  const networks = {
    predictNoise: applied(g, 'score', model.score),
    features: applied(g, 'classifier', model.classifier),
  };
  const guidance = {
    perturbed: perturbedSource(g, fromBytes(g, source), startNoise, inputs.coefficients),
    realism: numbersInput(g, 'realism'),
    faithfulness: numbersInput(g, 'faithfulness'),
  };
  return finished(g, guidedStep(g, networks, { ...inputs, ...guidance }, options));
}

/**
 * The same without energies (SDEdit, Meng et al. 2022; with nothing of a picture at the start, generation): it has neither
 * the inputs of the guidance nor its cost.
 */
export function unguidedStepGraph(model: ScoreModel): Graph {
  const g = new GraphBuilder('unguided step');
  const inputs = solverInputs(g, model);
  const predicted = applied(g, 'score', model.score)(inputs.state, inputs.time);
  return finished(g, solverStep(g, inputs, predicted));
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

function applied(g: GraphBuilder, name: string, { weights, forward }: TimedNetwork) {
  const scope = new Scope(g, constantSource(g, weights, `${name}.`));
  return (pictures: Value, times: Value) => forward(scope, pictures, times);
}

function finished(g: GraphBuilder, { state, clean }: SolverStepOutputs): Graph {
  return optimize(g.build({ next_state: state, clean, picture: roundedBytes(g, clean) }));
}
