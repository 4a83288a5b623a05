import { elementCount, float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import type { StateDict } from '../pytorch/index.ts';

/**
 * Weights under a spectral norm as PyTorch saves them today. Before PyTorch 1.0, and in DRIT, the weight that the norm had
 * divided was saved as well, and only u of the two singular vectors: that weight is left out, and v is W^T u at unit
 * length, which is what u leads to in the next power iteration.
 */
export function withBothSingularVectors(weights: StateDict): StateDict {
  const entries = [...weights].filter(([key]) => !weights.has(`${key}_orig`) || !weights.has(`${key}_u`));
  const missing = entries.flatMap(([key, matrix]) => {
    const weight = key.endsWith('_orig') ? key.slice(0, -'_orig'.length) : undefined;
    const u = weight === undefined ? undefined : weights.get(`${weight}_u`);
    if (u === undefined || weights.has(`${weight}_v`)) return [];
    return [[`${weight}_v`, rightSingularVector(matrix, u)] as const];
  });
  return new Map([...entries, ...missing]);
}

/** W^T u at unit length, for W seen as a matrix [outputs, everything else]. */
function rightSingularVector(weight: Tensor, u: Tensor): Tensor<'float32'> {
  const columns = elementCount(weight.dims.slice(1));
  const [matrix, left] = [toNumbers(weight), toNumbers(u)];
  const product = Float32Array.from({ length: columns }, (_, column) =>
    left.reduce((sum, value, row) => sum + value * (matrix[row * columns + column] as number), 0),
  );
  const length = Math.hypot(...product);
  return float32(
    [columns],
    product.map((value) => value / length),
  );
}
