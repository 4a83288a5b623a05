import { gradients } from '../../autodiff/backward.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { faithfulnessEnergy, type Similarity, similarityOf } from './energies.ts';
import { type SolverStepInputs, type SolverStepOutputs, solverStep } from './solver-step.ts';

/** What a guided step asks of its networks; both are given pictures [N, C, H, W] and times [N]. */
export interface GuidanceNetworks {
  /** The score network of the target domain: noise in its first C channels; further ones are not used. */
  predictNoise(pictures: Value, times: Value): Value;
  /** The classifier of domains: maps [N, channels, h, w] that tell the domains apart. */
  features(pictures: Value, times: Value): Value;
}

export interface GuidanceOptions {
  /** E_s is this similarity of the features, which is pushed down. Default cosine. */
  readonly realism?: Similarity;
  /** E_i is minus this similarity of what the low pass leaves. Default negative-l2. */
  readonly faithfulness?: Similarity;
  /** The low pass makes pictures smaller by this and as large again. Default 32. */
  readonly lowPassFactor?: number;
}

/** C, H and W of the state are known. */
export interface GuidedStepInputs extends SolverStepInputs {
  /** float32 [N]. */
  readonly time: Value;
  /** The source, noised for the same time with the noise of the start. */
  readonly perturbed: Value;
  /** lambda_s [N]. */
  readonly realism: Value;
  /** lambda_i [N]. */
  readonly faithfulness: Value;
}

/**
 * One step of EGSDE (Zhao et al. 2022, algorithm 1) by any solver: the predicted noise, plus deviation times the gradient
 * of lambda_s E_s + lambda_i E_i by the state, makes the next state and the clean picture.
 */
export function guidedStep(
  g: GraphBuilder,
  networks: GuidanceNetworks,
  inputs: GuidedStepInputs,
  options: GuidanceOptions = {},
): SolverStepOutputs {
  const predicted = networks.predictNoise(inputs.state, inputs.time);
  return solverStep(g, inputs, predicted, energyGradient(g, networks, inputs, options));
}

/** Of the weighted energies by the state; the source as noised does not depend on it. */
function energyGradient(
  g: GraphBuilder,
  { features }: GuidanceNetworks,
  { state, perturbed, time, realism, faithfulness }: GuidedStepInputs,
  options: GuidanceOptions,
): Value {
  const { lowPassFactor = 32 } = options;
  const known = g.StopGradient(features(perturbed, time));
  const unreal = similarityOf(g, options.realism ?? 'cosine', features(state, time), known);
  const pictures = [state, perturbed] as const;
  const unfaithful = faithfulnessEnergy(g, options.faithfulness ?? 'negative-l2', pictures, lowPassFactor);
  const energy = g.Add(g.Mul(realism, unreal), g.Mul(faithfulness, unfaithful));
  // No picture's energy depends on another picture, so that the sum has each one's own gradient.
  return gradients(g, g.ReduceSum(energy, undefined, false), [state])[0] as Value;
}
