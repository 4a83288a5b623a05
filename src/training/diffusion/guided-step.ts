import { gradients } from '../../autodiff/backward.ts';
import { type Transition, transitionColumns } from '../../core/diffusion/transition.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { faithfulnessEnergy, type Similarity, similarityOf } from './energies.ts';

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

/** Every sample is at a time of its own, with steps and weights of its own. */
export interface GuidedStepInputs {
  /** y [N, C, H, W], C, H and W known. */
  readonly state: Value;
  /** The source, noised for the same time with the noise of the start. */
  readonly perturbed: Value;
  readonly stepNoise: Value;
  /** What the step before gave as `clean`. */
  readonly previousClean: Value;
  /** float32 [N]. */
  readonly time: Value;
  /** [N, 6]: the numbers of each transition, in the order of transitionColumns. */
  readonly coefficients: Value;
  /** lambda_s [N]. */
  readonly realism: Value;
  /** lambda_i [N]. */
  readonly faithfulness: Value;
}

/**
 * One step of EGSDE (Zhao et al. 2022, algorithm 1) by any solver, as `Transition` says: the predicted noise, plus
 * deviation times the gradient of lambda_s E_s + lambda_i E_i by the state, makes the next state and the clean picture.
 */
export function guidedStep(
  g: GraphBuilder,
  networks: GuidanceNetworks,
  inputs: GuidedStepInputs,
  options: GuidanceOptions = {},
): { readonly state: Value; readonly clean: Value } {
  const { state, stepNoise, previousClean, time } = inputs;
  const by = columnsOf(g, inputs.coefficients);
  const channels = Number(state.shape[1]);
  const predicted = g.Slice(networks.predictNoise(state, time), { starts: [0], ends: [channels], axes: [1] });
  const guidance = energyGradient(g, networks, inputs, options);
  const noise = g.Add(predicted, g.Mul(by.deviation, guidance));
  const terms = [
    g.Mul(by.ofState, state),
    g.Mul(by.ofNoisePrediction, noise),
    g.Mul(by.ofPreviousClean, previousClean),
    g.Mul(by.ofNoise, stepNoise),
  ];
  return {
    state: terms.reduce((sum, term) => g.Add(sum, term)),
    clean: g.Div(g.Sub(state, g.Mul(by.deviation, noise)), by.signal),
  };
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

/** Each number of the transitions as [N, 1, 1, 1]. */
function columnsOf(g: GraphBuilder, coefficients: Value): Record<keyof Transition, Value> {
  const ones = transitionColumns.map(() => 1);
  const columns = g.Split(g.Unsqueeze(coefficients, [2, 3]), ones, 1);
  return Object.fromEntries(transitionColumns.map((name, index) => [name, columns[index]])) as Record<
    keyof Transition,
    Value
  >;
}

/** The source noised for a transition's time: signal x + deviation e. @param coefficients [N, 6] */
export function perturbedSource(
  g: GraphBuilder,
  source: Value,
  startNoise: Value,
  coefficients: Value,
): Value {
  const { signal, deviation } = columnsOf(g, coefficients);
  return g.Add(g.Mul(signal, source), g.Mul(deviation, startNoise));
}
