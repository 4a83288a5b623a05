import { type BetaOptions, betasOf } from '../../core/diffusion/betas.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { samplingPlan } from '../../core/diffusion/sampling-plan.ts';
import type { Solver, StepVariance } from '../../core/diffusion/transition.ts';
import type { Manifest } from '../../core/manifest.ts';
import type { Similarity } from '../diffusion/energies.ts';
import type { GuidanceOptions } from '../diffusion/guided-step.ts';

/** How a package of guided diffusion says that pictures are made. */
export type GuidedDiffusion = Extract<Manifest['translator'], { kind: 'guided-diffusion' }>;

/** What no weights tell of a model of EGSDE, and what a request need not say. */
export interface GuidedChoices {
  /** Time to which a picture is noised, over T. Default 0.5, as published. */
  readonly strength?: number;
  /** Default: every time, as published. */
  readonly steps?: number;
  /** Default `ancestral`, as published. */
  readonly solver?: Solver;
  /** lambda_s. Default: 500 at 256x256 as published, and at other sizes by their number of pixels. */
  readonly realism?: number;
  /** lambda_i. Default 2, as published. */
  readonly faithfulness?: number;
  /** Default 1. */
  readonly repeats?: number;
  /** Of ancestral steps. Default `fixedsmall`, as published. */
  readonly variance?: StepVariance;
  /** What E_s is made of. Default cosine. */
  readonly realismBy?: Similarity;
  /** What E_i is made of. Default negative-l2. */
  readonly faithfulnessBy?: Similarity;
  /**
   * By how much the low pass makes pictures smaller. Default: a picture becomes 8x8, at 256x256 by 32 as published, or the
   * next larger that its side is a multiple of.
   */
  readonly lowPass?: number;
  /** Also write a network of several steps a run. Default: none. */
  readonly severalSteps?: boolean;
}

const names = [
  'strength',
  'steps',
  'solver',
  'realism',
  'faithfulness',
  'repeats',
  'variance',
  'realismBy',
  'faithfulnessBy',
  'lowPass',
  'severalSteps',
] as const satisfies readonly (keyof GuidedChoices)[];

/** The first of these choices that was made, as it is written on a command line. */
export function givenChoice(choices: GuidedChoices): string | undefined {
  const given = names.find((name) => choices[name] !== undefined);
  return given && `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Side of the pictures that the published weights of the energies are for. */
const publishedSide = 256;
const publishedRealism = 500;
/** Side of what the published low pass leaves. */
const coarseSide = 8;

/**
 * The mean over places that E_s is has a gradient that falls with the number of pixels, the sum that E_i is has not.
 * @throws InvalidArgumentError naming the choice that is out of range
 */
export function samplingDefaults(
  choices: GuidedChoices,
  schedule: BetaOptions,
  side: number,
): GuidedDiffusion['defaults'] {
  const { strength = 0.5, solver = 'ancestral', repeats = 1, faithfulness = 2, steps } = choices;
  const { realism = publishedRealism * (side / publishedSide) ** 2 } = choices;
  const asked = { strength, solver, repeats, ...(steps !== undefined && { steps }) };
  const plan = samplingPlan(noiseSchedule(betasOf(schedule)), asked);
  return { ...asked, steps: plan.steps.length, realism, faithfulness };
}

export function guidanceOf(
  { realismBy = 'cosine', faithfulnessBy = 'negative-l2', lowPass }: GuidedChoices,
  side: number,
): Required<GuidanceOptions> {
  const lowPassFactor = lowPass ?? coarsening(side);
  return { realism: realismBy, faithfulness: faithfulnessBy, lowPassFactor };
}

/** The largest factor that divides the side and leaves no less than the coarse one. */
function coarsening(side: number): number {
  let factor = Math.max(1, Math.floor(side / coarseSide));
  while (side % factor > 0) factor--;
  return factor;
}
