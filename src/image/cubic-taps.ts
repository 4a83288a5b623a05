/**
 * Weights of a bicubic resize along one axis, as Pillow computes them (libImaging/Resample.c): the cubic kernel,
 * stretched by the scale when shrinking, over pixel centres at halves; what lies outside of the picture is left out.
 */

/** Keys' cubic convolution with a = -0.5 (Keys 1981, equation 15). */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

const cubicSupport = 2;

/** For every output position: which input positions it is made of, and with which weights. */
export interface Taps<Weights = Float64Array> {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `[outputs, stride]`; only the first `count` of a row are used, and sum to 1. */
  readonly weights: Weights;
  readonly stride: number;
}

export function cubicTaps(inputs: number, outputs: number): Taps {
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  const support = cubicSupport * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const taps: Taps = {
    first: new Int32Array(outputs),
    count: new Int32Array(outputs),
    weights: new Float64Array(outputs * stride),
    stride,
  };
  for (let output = 0; output < outputs; output++) {
    const centre = (output + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), inputs);
    taps.first[output] = first;
    taps.count[output] = end - first;
    taps.weights.set(weightsOf(first, end, centre, 1 / stretch), output * stride);
  }
  return taps;
}

/** Weights of inputs `first`..`end`-1, scaled to sum to 1. */
function weightsOf(first: number, end: number, centre: number, shrink: number): number[] {
  const weights: number[] = [];
  let sum = 0;
  for (let input = first; input < end; input++) {
    const weight = cubic((input - centre + 0.5) * shrink);
    weights.push(weight);
    sum += weight;
  }
  return weights.map((weight) => weight / sum);
}
