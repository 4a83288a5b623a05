import { type Transition, transitionColumns } from '../../core/diffusion/transition.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Every sample is at a time of its own, and takes a step of its own. */
export interface SolverStepInputs {
  /** y [N, C, H, W]. */
  readonly state: Value;
  readonly stepNoise: Value;
  /** What the step before gave as `clean`. */
  readonly previousClean: Value;
  /** [N, 6]: the numbers of each transition, in the order of transitionColumns. */
  readonly coefficients: Value;
}

export interface SolverStepOutputs {
  readonly state: Value;
  /** The clean picture as it is predicted at this step. */
  readonly clean: Value;
}

/**
 * A step of any solver, as `Transition` says.
 * @param predicted what the score network gives: the noise in its first C channels; further ones are not used
 * @param gradient of the energies by the state; absent: no guidance
 */
export function solverStep(
  g: GraphBuilder,
  { state, stepNoise, previousClean, coefficients }: SolverStepInputs,
  predicted: Value,
  gradient?: Value,
): SolverStepOutputs {
  const by = transitionsOf(g, coefficients);
  const own = g.Slice(predicted, { starts: [0], ends: [Number(state.shape[1])], axes: [1] });
  const noise = gradient === undefined ? own : g.Add(own, g.Mul(by.deviation, gradient));
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

/** The source noised for a transition's time: signal x + deviation e. @param coefficients [N, 6] */
export function perturbedSource(
  g: GraphBuilder,
  source: Value,
  startNoise: Value,
  coefficients: Value,
): Value {
  const { signal, deviation } = transitionsOf(g, coefficients);
  return g.Add(g.Mul(signal, source), g.Mul(deviation, startNoise));
}

/** Each number of the transitions as [N, 1, 1, 1]. */
function transitionsOf(g: GraphBuilder, coefficients: Value): Record<keyof Transition, Value> {
  const ones = transitionColumns.map(() => 1);
  const columns = g.Split(g.Unsqueeze(coefficients, [2, 3]), ones, 1);
  return Object.fromEntries(transitionColumns.map((name, index) => [name, columns[index]])) as Record<
    keyof Transition,
    Value
  >;
}
