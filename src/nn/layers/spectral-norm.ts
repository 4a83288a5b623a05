import { Random } from '../../core/random.ts';
import { elementCount, float32, type Tensor } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { ParameterSpec } from '../parameters.ts';
import type { Scope } from '../scope.ts';

/** Least length that a vector is divided by. */
const epsilon = 1e-12;

/**
 * A weight divided by its largest singular value (Miyato et al. 2018; torch's `spectral_norm` with its defaults): W is
 * seen as a matrix [outputs, everything else], and the value is estimated as u^T W v. In training each forward pass
 * first moves v and u by one step of the power iteration, which carries no gradient; sigma carries one through W.
 * In place of the parameter `weight` there are the parameter weight_orig and the buffers weight_u [outputs] and
 * weight_v [everything else], as in torch's state_dict.
 * @param spec of the weight as it would be without the norm
 */
export function spectralNorm(scope: Scope, spec: ParameterSpec): Value {
  const { graph: g } = scope;
  const [rows, ...others] = spec.shape as readonly number[] as [number, ...number[]];
  const weight = scope.parameter({ ...spec, name: `${spec.name}_orig` });
  const matrix = g.Reshape(weight, [rows, -1]);
  const [u, v] = singularVectors(scope, spec, matrix, [rows, elementCount(others)]);
  const sigma = g.MatMul(g.MatMul(g.Reshape(u, [1, -1]), matrix), g.Reshape(v, [-1, 1]));
  return g.Div(weight, g.Reshape(sigma, []));
}

/** The vectors of this pass, constants to the gradient: in training one power iteration further than the buffers. */
function singularVectors(
  scope: Scope,
  { name }: ParameterSpec,
  matrix: Value,
  [rows, columns]: readonly [number, number],
): [Value, Value] {
  const { graph: g } = scope;
  const u = scope.buffer({ name: `${name}_u`, initial: unitVector(rows), fixed: false });
  const v = scope.buffer({ name: `${name}_v`, initial: unitVector(columns), fixed: false });
  if (!scope.training) return [u, v];
  const still = g.StopGradient(matrix);
  const towards = (product: Value) => g.Reshape(toUnit(scope, product), [-1]);
  const nextV = towards(g.MatMul(g.Reshape(u, [1, -1]), still));
  const nextU = towards(g.MatMul(still, g.Reshape(nextV, [-1, 1])));
  scope.update(`${name}_u`, nextU);
  scope.update(`${name}_v`, nextV);
  return [nextU, nextV];
}

function toUnit({ graph: g }: Scope, vector: Value): Value {
  const length = g.Sqrt(g.ReduceSum(g.Mul(vector, vector)));
  return g.Div(vector, g.Max(length, epsilon));
}

/**
 * Where the iteration starts: some direction, the same for every vector of a size. What matters is only that it is not
 * orthogonal to the one that is sought.
 */
function unitVector(size: number): Tensor<'float32'> {
  const values = Random.of(0, 'spectral norm', size).fill(size, (draw) => draw.normal());
  const length = Math.hypot(...values);
  return float32(
    [size],
    values.map((value) => value / length),
  );
}
