import { InvalidArgumentError } from '../errors.ts';

/** How the variance that a step of the forward process adds goes from its first value to its last. */
export const betaCourses = ['linear', 'quad', 'const', 'jsd', 'sigmoid'] as const;
export type BetaCourse = (typeof betaCourses)[number];

/** A schedule as checkpoints come with it: a course between two values, or one of guided diffusion's two. */
export type BetaOptions =
  | { readonly course: BetaCourse; readonly steps: number; readonly first: number; readonly last: number }
  | { readonly course: 'named-linear'; readonly steps: number }
  | { readonly course: 'cosine'; readonly steps: number };

const courses: { readonly [C in BetaCourse]: (range: Range) => Float64Array } = {
  linear: ({ steps, first, last }) => evenly(first, last, steps),
  quad: ({ steps, first, last }) =>
    evenly(Math.sqrt(first), Math.sqrt(last), steps).map((root) => root * root),
  const: ({ steps, last }) => new Float64Array(steps).fill(last),
  jsd: ({ steps }) => evenly(steps, 1, steps).map((remaining) => 1 / remaining),
  sigmoid: ({ steps, first, last }) =>
    evenly(-6, 6, steps).map((x) => (last - first) / (1 + Math.exp(-x)) + first),
};

interface Range {
  readonly steps: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Variances of the forward process, beta_0 .. beta_(T-1), in double precision: the courses of DDIM's and EGSDE's
 * `get_beta_schedule` (of which `jsd` ignores both values and `const` the first), and guided diffusion's
 * `get_named_beta_schedule`, whose linear one scales 1e-4 .. 0.02 by 1000 / T.
 * @throws InvalidArgumentError when a variance would not lie in (0, 1]
 */
export function betasOf(options: BetaOptions): Float64Array {
  const { steps } = options;
  if (!(Number.isInteger(steps) && steps >= 1)) {
    throw new InvalidArgumentError(`a schedule needs 1 or more steps, got ${steps}`);
  }
  const betas = courseOf(options);
  const wrong = betas.findIndex((beta) => !(beta > 0 && beta <= 1));
  if (wrong >= 0) {
    throw new InvalidArgumentError(
      `variances of a schedule lie above 0 and not above 1, beta ${wrong} is ${betas[wrong]}`,
    );
  }
  return betas;
}

function courseOf(options: BetaOptions): Float64Array {
  const { steps } = options;
  if (options.course === 'cosine') return cosine(steps);
  if (options.course !== 'named-linear') return courses[options.course](options);
  const scale = 1000 / steps;
  return evenly(scale * 1e-4, scale * 0.02, steps);
}

/** Nichol and Dhariwal 2021, equation 17, with their offset of 0.008 and their bound of 0.999. */
function cosine(steps: number): Float64Array {
  const alphaBar = (time: number) => Math.cos((((time / steps + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float64Array.from({ length: steps }, (_, step) =>
    Math.min(1 - alphaBar(step + 1) / alphaBar(step), 0.999),
  );
}

/** `count` numbers from the first to the last, as numpy's linspace. */
function evenly(first: number, last: number, count: number): Float64Array {
  const spacing = count > 1 ? (last - first) / (count - 1) : 0;
  return Float64Array.from({ length: count }, (_, index) =>
    index > 0 && index === count - 1 ? last : first + index * spacing,
  );
}
