import { type BetaCourse, betaCourses, betasOf } from '../../core/diffusion/betas.ts';
import { type NoiseSchedule, noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { keptTimes, respacedBetas } from '../../core/diffusion/respacing.ts';
import { float32, int64, type Tensor, tensor } from '../../core/tensor.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import type { OracleCase } from '../oracle-case.ts';

/** Schedules of the variance and what follows from them: no network. */
export const diffusionSchedules: CaseKind = {
  knows: ({ class_or_function }) => /\bget_beta_schedule\b.*\bspace_timesteps\b/.test(class_or_function),
  async *attempts(oracle) {
    yield attempt(oracle);
  },
};

/** Courses by the names in a case: those of the runner, between the two values that it is given. */
const named = { linear: 'named-linear', cosine: 'cosine' } as const;

function attempt({ arguments: given }: OracleCase): Attempt {
  const steps = given.integer('T', 1000);
  const range = { first: given.number('beta_start', 1e-4), last: given.number('beta_end', 0.02) };
  const courseOf = (course: BetaCourse) => betasOf({ course, steps, ...range });
  const schedule = noiseSchedule(betasOf({ course: 'named-linear', steps }));
  const doubles = {
    ...Object.fromEntries(betaCourses.map((course) => [`runner.${course}`, courseOf(course)])),
    ...Object.fromEntries(
      Object.entries(named).map(([name, course]) => [`named.${name}`, betasOf({ course, steps })]),
    ),
    ...published(schedule),
  };
  return {
    produced: byName(
      new Map<string, Tensor>([
        ...Object.entries(doubles).map(([name, values]) => [name, vector(values)] as const),
        ...Object.entries(inSinglePrecision(courseOf('linear'))),
        ...given.texts('spaces').flatMap((spacing) => respaced(schedule, spacing)),
      ]),
    ),
  };
}

/** What GaussianDiffusion calls its arrays. */
function published(schedule: NoiseSchedule): Record<string, Float64Array> {
  return {
    'gd.alphas_cumprod': schedule.alphaBar,
    'gd.alphas_cumprod_prev': schedule.alphaBarBefore,
    'gd.sqrt_alphas_cumprod': schedule.sqrtAlphaBar,
    'gd.sqrt_one_minus_alphas_cumprod': schedule.sqrtOneMinusAlphaBar,
    'gd.posterior_variance': schedule.posteriorVariance,
    'gd.posterior_log_variance_clipped': schedule.posteriorLogVariance,
    'gd.posterior_mean_coef1': schedule.posteriorMeanOfClean,
    'gd.posterior_mean_coef2': schedule.posteriorMeanOfNoisy,
  };
}

/**
 * The float32 tensors that EGSDE's runner builds, every operation rounded. Its first posterior variances lose three digits
 * by it, which is less than a step's noise shows, so that our plans stay in double precision.
 */
function inSinglePrecision(exact: Float64Array): Record<string, Tensor> {
  const betas = Float32Array.from(exact);
  let product = 1;
  // PyTorch multiplies in double precision and rounds each result.
  const alphaBar = betas.map((beta) => {
    product *= Math.fround(1 - beta);
    return product;
  });
  const variance = betas.map((beta, time) => {
    const [kept, before] = [alphaBar[time] as number, time === 0 ? 1 : (alphaBar[time - 1] as number)];
    return Math.fround(beta * Math.fround(1 - before)) / Math.fround(1 - kept);
  });
  const logarithms = (values: Float32Array) => values.map((value) => Math.log(Math.max(value, 1e-20)));
  return {
    'egsde32.alphas_cumprod': float32([betas.length], alphaBar),
    'egsde32.logvar_fixedsmall': float32([betas.length], logarithms(variance)),
    'egsde32.logvar_fixedlarge': float32([betas.length], logarithms(betas)),
  };
}

function respaced({ alphaBar }: NoiseSchedule, spacing: string): (readonly [string, Tensor])[] {
  const even = /^ddim(\d+)$/.exec(spacing)?.[1];
  const kept = keptTimes(
    alphaBar.length,
    even === undefined ? spacing.split(',').map(Number) : { ddim: Number(even) },
  );
  return [
    [`space.${spacing}`, int64([kept.length], kept)],
    [`spaced_betas.${spacing}`, vector(respacedBetas(alphaBar, kept))],
  ];
}

function vector(values: Float64Array): Tensor {
  return tensor('float64', [values.length], values);
}
