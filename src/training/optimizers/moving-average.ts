import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * Exponential moving average of a parameter: average * decay + parameter * (1 - decay).
 * @param decay a float32 scalar: see {@link averageDecayAt}
 */
export function movingAverage(g: GraphBuilder, average: Value, parameter: Value, decay: Value): Value {
  return g.Add(g.Mul(average, decay), g.Mul(parameter, g.Sub(1, decay)));
}

/**
 * The decay grows with the steps, by the rule of TensorFlow's ExponentialMovingAverage, which DDPM's averages follow. With a
 * constant one, weights that a run began with stay in the average for many thousand steps: a score network whose last
 * layer began at zero then tells of a few percent too little noise, which sampling adds up.
 * @param iteration from 1
 */
export function averageDecayAt(decay: number, iteration: number): number {
  return Math.min(decay, (1 + iteration) / (10 + iteration));
}
