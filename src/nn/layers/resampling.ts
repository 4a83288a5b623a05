import { int64 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { averagePool } from './average-pool.ts';

/** x [N, C, H, W] -> [N, C, 2 H, 2 W]: each pixel four times (torch's `interpolate` with mode nearest). */
export function doublePixels(scope: Scope, x: Value): Value {
  const { graph } = scope;
  const sizes = graph.Mul(graph.Shape(x), graph.constant(int64([4], [1, 1, 2, 2])));
  return graph.Resize(x, sizes, {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
}

/** x [N, C, H, W] -> [N, C, H / 2, W / 2], H and W even: the mean of each four pixels. */
export function averageFours(scope: Scope, x: Value): Value {
  return averagePool(scope, x, { kernel: 2, stride: 2 });
}
