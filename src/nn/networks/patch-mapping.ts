import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { relu } from '../layers/activation.ts';
import { convolution } from '../layers/convolution.ts';
import { linear } from '../layers/linear.ts';
import { toUnitLength } from '../layers/unit-length.ts';
import type { Scope } from '../scope.ts';

export interface PatchMapping {
  /**
   * @param rows projected patches, one matrix [N P, D] a layer, all of one shape; the P rows of the first picture first
   * @param pictures N
   * @returns one vector of unit length a picture, [N, dimension]
   */
  forward(scope: Scope, rows: readonly Value[], pictures: number): Value;
}

/**
 * A mapping head of SimDCL (`MappingF`; Han et al. 2021, section 3.4): the P x D numbers of every layer as one channel of
 * a picture, through a 3x3 convolution of stride 2, the mean over places and a two-layer perceptron.
 * Parameters `model.0`, `model.4` and `model.6`. The published head takes one picture; here each is mapped on its own.
 */
export function patchMapping({ dimension = 64 }: { readonly dimension?: number } = {}): PatchMapping {
  return {
    forward(scope, rows, pictures) {
      const model = scope.child('model');
      const planes = stacked(scope, rows, pictures);
      const convolved = convolution(model.child(0), planes, { filters: dimension, kernel: 3, stride: 2 });
      const pooled = scope.graph.ReduceMean(relu(scope, convolved), [2, 3], false);
      const hidden = relu(scope, linear(model.child(4), pooled, { features: dimension }));
      return toUnitLength(scope, linear(model.child(6), hidden, { features: dimension }));
    },
  };
}

/** Layers of [N P, D] to [N, layers, P, D]. */
function stacked({ graph }: Scope, rows: readonly Value[], pictures: number): Value {
  const shapes = rows.map(({ shape }) => shape.join(' x '));
  if (new Set(shapes).size !== 1) {
    throw new InvalidArgumentError(
      `a patch mapping needs as many patches of every layer, got ${shapes.join(', ') || 'no layer'}: ` +
        'ask for no more patches than the smallest feature map has places',
    );
  }
  const [count, channels] = (rows[0] as Value).shape as readonly number[] as [number, number];
  const planes = rows.map((layer) => graph.Reshape(layer, [pictures, 1, count / pictures, channels]));
  return graph.Concat(planes, 1);
}
