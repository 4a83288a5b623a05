/**
 * A forward process x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) e, and what follows from its betas; every array
 * has an element for each time t = 0 .. T - 1 (Ho et al. 2020, equations 4 and 7), in double precision.
 */
export interface NoiseSchedule {
  readonly betas: Float64Array;
  /** Product of 1 - beta up to t, t included. */
  readonly alphaBar: Float64Array;
  /** The same of the time before; 1 before the first. */
  readonly alphaBarBefore: Float64Array;
  readonly sqrtAlphaBar: Float64Array;
  readonly sqrtOneMinusAlphaBar: Float64Array;
  /** Variance of q(x_(t-1) | x_t, x_0); 0 at t = 0. */
  readonly posteriorVariance: Float64Array;
  /** Its logarithm, with that of t = 1 in the place of t = 0. */
  readonly posteriorLogVariance: Float64Array;
  /** The mean of q(x_(t-1) | x_t, x_0) is this x_0 + posteriorMeanOfNoisy x_t. */
  readonly posteriorMeanOfClean: Float64Array;
  readonly posteriorMeanOfNoisy: Float64Array;
}

export function noiseSchedule(betas: Float64Array): NoiseSchedule {
  const alphaBar = cumulativeProduct(betas.map((beta) => 1 - beta));
  const alphaBarBefore = Float64Array.from(alphaBar, (_, time) => (time === 0 ? 1 : at(alphaBar, time - 1)));
  const each = (value: (beta: number, kept: number, before: number) => number) =>
    betas.map((beta, time) => value(beta, at(alphaBar, time), at(alphaBarBefore, time)));
  const posteriorVariance = each((beta, kept, before) => (beta * (1 - before)) / (1 - kept));
  return {
    betas,
    alphaBar,
    alphaBarBefore,
    sqrtAlphaBar: alphaBar.map(Math.sqrt),
    sqrtOneMinusAlphaBar: alphaBar.map((kept) => Math.sqrt(1 - kept)),
    posteriorVariance,
    posteriorLogVariance: posteriorVariance.map((_, time) =>
      Math.log(at(posteriorVariance, Math.min(Math.max(time, 1), betas.length - 1))),
    ),
    posteriorMeanOfClean: each((beta, kept, before) => (beta * Math.sqrt(before)) / (1 - kept)),
    posteriorMeanOfNoisy: each((beta, kept, before) => ((1 - before) * Math.sqrt(1 - beta)) / (1 - kept)),
  };
}

function cumulativeProduct(factors: Float64Array): Float64Array {
  let product = 1;
  return factors.map((factor) => {
    product *= factor;
    return product;
  });
}

function at(values: Float64Array, index: number): number {
  return values[index] as number;
}
