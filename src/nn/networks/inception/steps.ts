import type { Value } from '../../../onnx/ir.ts';
import { relu } from '../../layers/activation.ts';
import { frozenNormConvolution } from '../../layers/frozen-norm-convolution.ts';
import type { Scope } from '../../scope.ts';

/** One step of a block: x [N, C, H, W] -> [N, C', H', W']. */
export type Step = (scope: Scope, x: Value) => Value;

/** Of the batch norms of this network; torch's usual one is 1e-5. */
const epsilon = 1e-3;

interface StepOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Whether zeros keep the size at stride 1 ("same"); default true. */
  readonly padded?: boolean;
}

/** Convolution, batch norm, ReLU. Parameters: `<name>.conv.weight`, `<name>.bn.*`. */
export function step(
  name: string,
  filters: number,
  kernel: readonly [height: number, width: number],
  { stride = 1, padded = true }: StepOptions = {},
): Step {
  const [vertical, horizontal] = padded ? (kernel.map((size) => (size - 1) / 2) as [number, number]) : [0, 0];
  const padding = [vertical, horizontal, vertical, horizontal] as const;
  return (scope, x) => {
    const own = scope.child(name);
    const scopes = { kernel: own.child('conv'), norm: own.child('bn') };
    return relu(scope, frozenNormConvolution(scopes, x, { filters, kernel, stride, padding, epsilon }));
  };
}

/** One after the other. */
export function chain(...steps: readonly Step[]): Step {
  return (scope, x) => steps.reduce((value, next) => next(scope, value), x);
}

/** Side by side on the same input, their channels joined. */
export function join(...branches: readonly Step[]): Step {
  return (scope, x) => {
    return scope.graph.Concat(
      branches.map((branch) => branch(scope, x)),
      1,
    );
  };
}

const window = { kernel_shape: [3, 3] };
const around = { ...window, pads: [1, 1, 1, 1], strides: [1, 1] };

/** Mean of each pixel and its neighbours; at the border of those that there are, as TensorFlow has it. */
export const averageAround: Step = ({ graph }, x) =>
  graph.AveragePool(x, { ...around, count_include_pad: 0 });

/** Maximum of each pixel and its neighbours. */
export const maximumAround: Step = ({ graph }, x) => graph.MaxPool(x, around)[0];

/** Maximum of 3x3 pixels in steps of two. */
export const halve: Step = ({ graph }, x) => graph.MaxPool(x, { ...window, strides: [2, 2] })[0];
