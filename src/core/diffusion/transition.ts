import { InvalidArgumentError } from '../errors.ts';

/**
 * How a reverse process is followed: `ancestral`, the published steps of the stochastic differential equation (Ho et
 * al. 2020, algorithm 2); `ddim`, without noise (Song et al. 2021, equation 12, eta 0); `second-order`, the multistep
 * DPM-Solver++ (Lu et al. 2022, algorithm 2), without noise too, for few steps.
 */
export const solvers = ['ancestral', 'ddim', 'second-order'] as const;
export type Solver = (typeof solvers)[number];

/** Variance of an ancestral step: that of the posterior, or beta (Ho et al. 2020, section 3.2). */
export const stepVariances = ['fixedsmall', 'fixedlarge'] as const;
export type StepVariance = (typeof stepVariances)[number];

/**
 * What a step is made of, for any solver. With y the picture at this time, e the predicted noise with the guidance in it,
 * c the clean picture predicted at the step before, and z new noise, all solvers are
 *
 *     next = ofState y + ofNoisePrediction e + ofPreviousClean c + ofNoise z
 *     clean = (y - deviation e) / signal
 *
 * The guidance enters by the score s = -e / deviation, which EGSDE takes the gradient G of the energies from in the reverse
 * equation: e = score network + deviation G. In an ancestral step this is the published weight, since
 * -ofNoisePrediction deviation = beta / sqrt(alpha); for other intervals and solvers it is what follows from the same
 * equation, with no weight of its own to choose. Solvers without noise follow the probability flow, where the score and so
 * the guidance count half: over a whole run they add up to half of what ancestral steps have. As any explicit step it
 * overshoots where the interval is long and the energy steep: with E_i the squared distance, differences to the source
 * grow once -ofNoisePrediction deviation exceeds 1 / lambda_i.
 */
export interface Transition {
  /** sqrt(alphaBar) at this time: how much of the clean picture is in the noised one. */
  readonly signal: number;
  /** sqrt(1 - alphaBar): how much noise. */
  readonly deviation: number;
  readonly ofState: number;
  readonly ofNoisePrediction: number;
  /** 0 but for steps of the second order. */
  readonly ofPreviousClean: number;
  /** 0 where the solver adds no noise, and always before the clean picture. */
  readonly ofNoise: number;
}

/** The order in which the network of a step takes them: one row of six for each sample. */
export const transitionColumns = [
  'signal',
  'deviation',
  'ofState',
  'ofNoisePrediction',
  'ofPreviousClean',
  'ofNoise',
] as const satisfies readonly (keyof Transition)[];

/** From a time to the next, by their alphaBar; 1 is that of the clean picture. */
export interface Interval {
  /** Of the time of the step before; none in the first. */
  readonly before?: number;
  readonly from: number;
  readonly to: number;
}

/** @throws InvalidArgumentError when nothing of the picture is left at the interval's start */
export function transitionOf(solver: Solver, interval: Interval, variance: StepVariance): Transition {
  const { from } = interval;
  if (!(from > 0 && from < 1)) {
    throw new InvalidArgumentError(`a step starts where alphaBar is between 0 and 1, got ${from}`);
  }
  const noised = { signal: Math.sqrt(from), deviation: Math.sqrt(1 - from) };
  if (solver === 'ancestral') return { ...noised, ...ancestral(interval, variance) };
  const order = solver === 'second-order' ? secondOrderShare(interval) : 0;
  return { ...noised, ...deterministic(interval, order) };
}

type Update = Omit<Transition, 'signal' | 'deviation'>;

function ancestral({ from, to }: Interval, variance: StepVariance): Update {
  const alpha = from / to;
  const beta = 1 - alpha;
  const spread = variance === 'fixedsmall' ? (beta * (1 - to)) / (1 - from) : beta;
  return {
    ofState: 1 / Math.sqrt(alpha),
    ofNoisePrediction: -beta / (Math.sqrt(1 - from) * Math.sqrt(alpha)),
    ofPreviousClean: 0,
    ofNoise: to === 1 ? 0 : Math.sqrt(spread),
  };
}

/**
 * With the clean picture D = (1 + share) clean - share c: next = (sigma' / sigma) y + k D, k = alpha' - alpha sigma' / sigma,
 * where alpha and sigma are signal and deviation, dashed at the interval's end. Without a share this is DDIM.
 */
function deterministic({ from, to }: Interval, share: number): Update {
  const [signal, deviation] = [Math.sqrt(from), Math.sqrt(1 - from)];
  const shrink = Math.sqrt(1 - to) / deviation;
  const ofClean = Math.sqrt(to) - signal * shrink;
  return {
    ofState: shrink + (ofClean * (1 + share)) / signal,
    ofNoisePrediction: (-ofClean * (1 + share) * deviation) / signal,
    ofPreviousClean: share === 0 ? 0 : -ofClean * share,
    ofNoise: 0,
  };
}

/** 1 / 2r, r the last interval over this one in half the logarithm of the signal to noise ratio; 0 without or at the end. */
function secondOrderShare({ before, from, to }: Interval): number {
  if (before === undefined || to === 1) return 0;
  return (halfLogRatio(to) - halfLogRatio(from)) / (2 * (halfLogRatio(from) - halfLogRatio(before)));
}

function halfLogRatio(alphaBar: number): number {
  return Math.log(alphaBar / (1 - alphaBar)) / 2;
}
