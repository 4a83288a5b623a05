import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { relu } from '../layers/activation.ts';
import { linear } from '../layers/linear.ts';
import { rowsAt } from '../layers/rows-at.ts';
import { toUnitLength } from '../layers/unit-length.ts';
import type { Scope } from '../scope.ts';

export interface PatchSamplerOptions {
  /** Size of a projected patch. Default 256. */
  readonly dimension?: number;
  /** False gives the sampled features themselves, without parameters. Default true. */
  readonly projection?: boolean;
}

export interface PatchSampler {
  /**
   * @param features one map a layer, [N, C, H, W] (C differs between layers)
   * @param positions one int64 vector [P] a layer: places y W + x, the same for every picture of the batch
   * @returns one matrix a layer, [N P, dimension] (or [N P, C] without projection), rows of unit length; the P rows of
   * the first picture come first
   */
  forward(scope: Scope, features: readonly Value[], positions: readonly Value[]): Value[];
}

/**
 * The projection head F of PatchNCE (Park et al. 2020, section 3.2): features at the given positions, through a
 * two-layer perceptron of their layer's own (`mlp_0.0.weight`, `mlp_0.2.weight`, ...), divided by their length.
 */
export function patchSampler(options: PatchSamplerOptions = {}): PatchSampler {
  const { dimension = 256, projection = true } = options;
  return {
    forward(scope, features, positions) {
      if (features.length !== positions.length) {
        throw new InvalidArgumentError(
          `a patch sampler needs positions for each of ${features.length} layers, got ${positions.length}`,
        );
      }
      return features.map((feature, layer) => {
        const rows = rowsAt(scope, feature, positions[layer] as Value);
        const projected = projection ? perceptron(scope.child(`mlp_${layer}`), rows, dimension) : rows;
        return toUnitLength(scope, projected);
      });
    },
  };
}

function perceptron(scope: Scope, rows: Value, dimension: number): Value {
  const hidden = relu(scope, linear(scope.child(0), rows, { features: dimension }));
  return linear(scope.child(2), hidden, { features: dimension });
}
