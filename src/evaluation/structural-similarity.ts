import { InvalidArgumentError } from '../core/errors.ts';
import { float32 } from '../core/tensor.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';

/**
 * SSIM (Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity") and MS-SSIM (Wang,
 * Simoncelli and Bovik 2003, "Multiscale Structural Similarity for Image Quality Assessment"), in the form of
 * pytorch-msssim: colours, no padding, 11 Gaussian weights of deviation 1.5, mean over places and then channels.
 * Graphs of pictures `[N, C, H, W]` in [0, 1] with known sizes; the results are `[N]`.
 */

const windowSize = 11;
const windowDeviation = 1.5;
/** K1 = 0.01 and K2 = 0.03 of the paper, for values of range 1. */
const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
/** Exponents of the five scales, finest first (Wang et al. 2003, section 3.2). */
const scaleWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333] as const;

/** Least side that the window fits at one scale, and at the coarsest of five. */
export const leastSide = {
  ssim: windowSize,
  msSsim: (windowSize - 1) * 2 ** (scaleWeights.length - 1) + 1,
} as const;

/** The Gaussian weights `[11]`, which sum to 1. */
export function gaussianWindow(): number[] {
  const weights = Array.from({ length: windowSize }, (_, at) =>
    Math.exp(-((at - (windowSize - 1) / 2) ** 2) / (2 * windowDeviation ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** @throws InvalidArgumentError when a side is below 11 */
export function ssim(g: GraphBuilder, x: Value, y: Value): Value {
  requireSides(x, leastSide.ssim, 'SSIM');
  return g.ReduceMean(similarityMaps(g, x, y).similarity, [1, 2, 3], false);
}

/** @throws InvalidArgumentError when a side is below 161 */
export function msSsim(g: GraphBuilder, x: Value, y: Value): Value {
  requireSides(x, leastSide.msSsim, 'MS-SSIM');
  let pair: readonly [Value, Value] = [x, y];
  const factors = scaleWeights.map((weight, scale) => {
    if (scale > 0) pair = [halved(g, pair[0]), halved(g, pair[1])];
    const { similarity, contrast } = similarityMaps(g, ...pair);
    const map = scale === scaleWeights.length - 1 ? similarity : contrast;
    return g.Pow(g.Relu(g.ReduceMean(map, [2, 3], false)), weight);
  });
  const product = factors.reduce((product, factor) => g.Mul(product, factor));
  return g.ReduceMean(product, [1], false);
}

/**
 * At every place of the window: contrast (2 s_xy + c2) / (s_x^2 + s_y^2 + c2), and similarity, which is that times the
 * luminance (2 m_x m_y + c1) / (m_x^2 + m_y^2 + c1).
 */
function similarityMaps(g: GraphBuilder, x: Value, y: Value): { similarity: Value; contrast: Value } {
  const [meanX, meanY] = [blurred(g, x), blurred(g, y)];
  const [squareX, squareY, both] = [g.Mul(meanX, meanX), g.Mul(meanY, meanY), g.Mul(meanX, meanY)];
  const varianceX = g.Sub(blurred(g, g.Mul(x, x)), squareX);
  const varianceY = g.Sub(blurred(g, g.Mul(y, y)), squareY);
  const covariance = g.Sub(blurred(g, g.Mul(x, y)), both);
  const contrast = g.Div(g.Add(g.Mul(covariance, 2), c2), g.Add(g.Add(varianceX, varianceY), c2));
  const luminance = g.Div(g.Add(g.Mul(both, 2), c1), g.Add(g.Add(squareX, squareY), c1));
  return { similarity: g.Mul(luminance, contrast), contrast };
}

/** Weighted mean under the window: rows, then columns, each channel by itself. */
function blurred(g: GraphBuilder, x: Value): Value {
  const channels = x.shape[1] as number;
  const weights = Array.from({ length: channels }, gaussianWindow).flat();
  const along = (shape: readonly [number, number]) => g.constant(float32([channels, 1, ...shape], weights));
  const down = g.Conv(x, along([windowSize, 1]), undefined, { group: channels });
  return g.Conv(down, along([1, windowSize]), undefined, { group: channels });
}

/** Mean of 2x2 pixels; an odd side is padded with a zero at either end, and the zeros count. */
function halved(g: GraphBuilder, x: Value): Value {
  const [bottom, right] = [(x.shape[2] as number) % 2, (x.shape[3] as number) % 2];
  return g.AveragePool(x, {
    kernel_shape: [2, 2],
    strides: [2, 2],
    pads: [bottom, right, bottom, right],
    count_include_pad: 1,
  });
}

function requireSides(x: Value, least: number, name: string): void {
  const [height, width] = [x.shape[2], x.shape[3]];
  if (typeof height === 'number' && typeof width === 'number' && Math.min(height, width) >= least) return;
  throw new InvalidArgumentError(`${name} needs sides of at least ${least} pixels, got ${width}x${height}`);
}
