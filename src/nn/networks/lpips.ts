import { InvalidArgumentError } from '../../core/errors.ts';
import { float32 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import { convolution } from '../layers/convolution.ts';
import { toUnitLength } from '../layers/unit-length.ts';
import type { Scope } from '../scope.ts';
import { type BackboneName, backboneFeatures, backbones } from './lpips-backbones.ts';

export interface LpipsOptions {
  /** Default vgg16. */
  readonly backbone?: BackboneName;
  /** Channels of the five features. Default: those of the published backbone. */
  readonly widths?: readonly number[];
}

export interface Lpips {
  /** x, y: two batches of pictures [N, 3, H, W] in -1..1 -> their distances [N, 1, 1, 1], 0 or more. */
  forward(scope: Scope, x: Value, y: Value): Value;
}

/** Mean and deviation of ImageNet's channels, seen from -1..1. */
const shift = float32([1, 3, 1, 1], [-0.03, -0.088, -0.188]);
const scale = float32([1, 3, 1, 1], [0.458, 0.448, 0.45]);
const smallest = 1e-10;

/**
 * LPIPS version 0.1 (Zhang et al. 2018, eq. 1): sum over layers l of the mean over pixels of
 * w_l . (xhat_l - yhat_l)^2, with features xhat of unit length at each pixel. Its dropout is left out, as in evaluation.
 * Parameters as in the published file: `net.slice1.0.weight`, `lin0.model.1.weight`, `scaling_layer.shift`.
 */
export function lpips({ backbone = 'vgg16', widths = backbones[backbone].widths }: LpipsOptions = {}): Lpips {
  const { slices } = backbones[backbone];
  if (widths.length !== slices.length) {
    throw new InvalidArgumentError(`${backbone} has ${slices.length} widths, got ${widths.length}`);
  }
  const featuresOf = (scope: Scope, picture: Value) =>
    backboneFeatures(scope.child('net'), scaled(scope, picture), backbones[backbone], widths);
  return {
    forward(scope, x, y) {
      const ofY = featuresOf(scope, y);
      return featuresOf(scope, x)
        .map((feature, layer) => layerDistance(scope, layer, feature, ofY[layer] as Value))
        .reduce((sum, distance) => scope.graph.Add(sum, distance));
    },
  };
}

function scaled(scope: Scope, picture: Value): Value {
  const { graph } = scope;
  const own = scope.child('scaling_layer');
  const centred = graph.Sub(picture, own.buffer({ name: 'shift', initial: shift, fixed: true }));
  return graph.Div(centred, own.buffer({ name: 'scale', initial: scale, fixed: true }));
}

/** [N, C, h, w] twice -> [N, 1, 1, 1]. */
function layerDistance(scope: Scope, layer: number, x: Value, y: Value): Value {
  const { graph } = scope;
  const difference = graph.Sub(toUnitLength(scope, x, smallest), toUnitLength(scope, y, smallest));
  const weights = scope.child(`lin${layer}`).child('model').child(1);
  const weighted = convolution(weights, graph.Mul(difference, difference), {
    filters: 1,
    kernel: 1,
    bias: false,
  });
  return graph.ReduceMean(weighted, [2, 3]);
}
