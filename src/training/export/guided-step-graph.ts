import { transitionColumns } from '../../core/diffusion/transition.ts';
import type { Tensor } from '../../core/tensor.ts';
import { Scope } from '../../nn/scope.ts';
import { constantSource } from '../../nn/sources.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dimension.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { type GuidanceOptions, guidedStep, perturbedSource } from '../diffusion/guided-step.ts';
import { fromBytes, roundedBytes } from './picture-bytes.ts';

/** A network of a guided step with its weights. */
export interface TimedNetwork {
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Pictures [N, 3, H, W] in [-1, 1] as noised, and times [N]. */
  forward(scope: Scope, pictures: Value, times: Value): Value;
}

export interface GuidedStepModel {
  /** Gives the noise in its first three channels. */
  readonly score: TimedNetwork;
  /** Gives the features of the classifier of domains. */
  readonly classifier: TimedNetwork;
  /** Pictures are of this size only: the low pass depends on it, and a U-Net knows what it was trained on. */
  readonly size: { readonly height: number; readonly width: number };
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
  const { score, classifier, size } = model;
  const g = new GraphBuilder('guided step');
  const bytes = g.input('source', 'uint8', [symbol('N'), size.height, size.width, 3]);
  const planes = (name: string) => g.input(name, 'float32', [symbol('N'), 3, size.height, size.width]);
  const numbers = (name: string) => g.input(name, 'float32', [symbol('N')]);
  const coefficients = g.input('coefficients', 'float32', [symbol('N'), transitionColumns.length]);
  const [state, startNoise] = [planes('state'), planes('start_noise')];
  const applied = (name: string, network: TimedNetwork) => {
    const scope = new Scope(g, constantSource(g, network.weights, `${name}.`));
    return (pictures: Value, times: Value) => network.forward(scope, pictures, times);
  };
  const next = guidedStep(
    g,
    { predictNoise: applied('score', score), features: applied('classifier', classifier) },
    {
      state,
      perturbed: perturbedSource(g, fromBytes(g, bytes), startNoise, coefficients),
      stepNoise: planes('step_noise'),
      previousClean: planes('previous_clean'),
      time: numbers('time'),
      coefficients,
      realism: numbers('realism'),
      faithfulness: numbers('faithfulness'),
    },
    options,
  );
  const outputs = { next_state: next.state, clean: next.clean, picture: roundedBytes(g, next.clean) };
  return optimize(g.build(outputs));
}
