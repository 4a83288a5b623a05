import { randomInt } from 'node:crypto';
import { type SamplingPlan, samplingPlan } from '../../core/diffusion/sampling-plan.ts';
import { GuidanceError, type GuidanceWishes, mostOutputs, refuse } from '../guidance/plan.ts';
import type { DiffusionSampling, StepNetwork } from '../translators/diffusion-sampling.ts';
import type { SamplingSettings } from './settings.ts';
import { type SamplingWishes, samplingFields } from './wishes.ts';

/** Far beyond what keeps a picture whole, and what float32 can still multiply. */
export const largestWeight = 1e6;

/** Fewer steps than these are not chosen for the sake of a deadline: the result would be of no use. */
const fewestAutomaticSteps = 5;

/** The pictures that a request is for, and how they are sampled. */
export interface DiffusionPlan {
  readonly pictures: number;
  readonly seed: number;
  readonly settings: SamplingSettings;
  readonly sampling: SamplingPlan;
  readonly step: StepNetwork;
}

/** How often the network of the step is run for all pictures. */
export function runsOf({
  pictures,
  sampling,
  step,
}: Pick<DiffusionPlan, 'pictures' | 'sampling' | 'step'>): number {
  return pictures * Math.ceil(sampling.steps.length / step.stepsPerRun) * sampling.repeats;
}

export interface DiffusionRules {
  readonly diffusion: DiffusionSampling;
  /** Most pictures that one request may have, where that is below 16. */
  readonly mostPictures?: number;
  /** Steps of a network that can be done for each of so many pictures until the deadline. */
  readonly stepsInTime: (step: StepNetwork, pictures: number) => number;
}

/** Fields of models whose pictures have attribute codes. */
const codeFields = ['style', 'attribute', 'attribute_scale', 'interpolate', 'interpolation'] as const;

/**
 * Decides how the pictures of a request are sampled; what it does not say is the model's default.
 * @throws GuidanceError naming each field at fault
 */
export function planDiffusion(
  wishes: GuidanceWishes & SamplingWishes,
  { diffusion, mostPictures = mostOutputs, stepsInTime }: DiffusionRules,
): DiffusionPlan {
  requireNoCodes(wishes);
  requireSource(wishes, diffusion);
  const { defaults, schedule, variance } = diffusion;
  const { outputs: pictures = 1, seed = randomInt(2 ** 32), steps: wished } = wishes;
  const most = Math.min(mostOutputs, mostPictures);
  if (pictures > most) refuse('outputs', `${pictures} pictures; at most ${most} are made for one request`);
  const { strength, solver, realism, faithfulness, repeats } = { ...defaults, ...given(wishes) };
  const times = Math.max(1, Math.round(strength * schedule.alphaBar.length));
  const usual = Math.min(defaults.steps, times);
  const step = diffusion.stepFor({ realism, faithfulness });
  const planOf = (steps: number) => samplingPlan(schedule, { strength, steps, solver, repeats, variance });
  const automatic = () => {
    const least = fewestSteadySteps(usual, faithfulness, planOf);
    return Math.max(least, Math.min(usual, Math.floor(stepsInTime(step, pictures) / repeats)));
  };
  const steps = wished === 'auto' ? automatic() : (wished ?? usual);
  if (steps > times) refuse('steps', `is ${steps}; with strength ${strength} there are at most ${times}`);
  return {
    pictures,
    seed,
    settings: { strength, steps, solver, realism, faithfulness, repeats },
    sampling: planOf(steps),
    step,
  };
}

/** @throws GuidanceError naming each field that a model which does not sample cannot follow */
export function requireNoSampling(wishes: SamplingWishes): void {
  requireNone(
    wishes,
    samplingFields,
    'this model does not sample; GET /models tells in capabilities.sampling which do',
  );
}

function requireNoCodes(wishes: GuidanceWishes): void {
  requireNone(
    wishes,
    codeFields,
    'this model has no attribute codes: seed and outputs say which of many pictures are made',
  );
}

/** Fields that hold nothing are not there. */
function requireNone<Wishes extends object>(
  wishes: Wishes,
  fields: readonly (keyof Wishes & string)[],
  message: string,
): void {
  const asked = fields.filter((field) => {
    const value: unknown = wishes[field];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });
  if (asked.length > 0) throw new GuidanceError(asked.map((field) => ({ field, message })));
}

function requireSource({ from }: SamplingWishes, { sources }: DiffusionSampling): void {
  if (from === undefined || sources.includes(from)) return;
  refuse(
    'from',
    `this model translates from ${sources.map((name) => `"${name}"`).join(' or ')}, not from "${from}"`,
  );
}

/**
 * The fewest steps, of some that are tried, in which differences to the source do not grow (see `Transition`); `most` where
 * they do in all.
 */
function fewestSteadySteps(
  most: number,
  faithfulness: number,
  planOf: (steps: number) => SamplingPlan,
): number {
  for (let steps = fewestAutomaticSteps; steps < most; steps = Math.ceil(1.25 * steps)) {
    const pulls = planOf(steps).steps.map(
      ({ transition: { ofNoisePrediction, deviation } }) => -ofNoisePrediction * deviation,
    );
    if (faithfulness * Math.max(...pulls) <= 1) return steps;
  }
  return most;
}

/** What is not undefined. */
function given({ strength, solver, realism, faithfulness, repeats }: SamplingWishes) {
  return {
    ...(strength !== undefined && { strength }),
    ...(solver !== undefined && { solver }),
    ...(realism !== undefined && { realism }),
    ...(faithfulness !== undefined && { faithfulness }),
    ...(repeats !== undefined && { repeats }),
  };
}
