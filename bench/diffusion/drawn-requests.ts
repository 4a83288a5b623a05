import { betasOf } from '../../src/core/diffusion/betas.ts';
import { GuidedSampling, planesOf, seededNoise } from '../../src/core/diffusion/guided-sampling.ts';
import { noiseSchedule } from '../../src/core/diffusion/noise-schedule.ts';
import type { Guidance } from '../../src/core/diffusion/run-sampling.ts';
import { samplingPlan } from '../../src/core/diffusion/sampling-plan.ts';
import { solvers } from '../../src/core/diffusion/transition.ts';
import { Random } from '../../src/core/random.ts';
import { tensor } from '../../src/core/tensor.ts';

/** A translation that somebody asks for. */
export interface DrawnRequest {
  /** When it comes, as a share of the time in which requests come, 0 to 1. */
  readonly arrival: number;
  readonly steps: number;
  readonly guidance: Guidance;
  /** From its beginning. */
  begin(): GuidedSampling;
}

/** Steps of a request lie between these. */
const [fewestSteps, mostSteps] = [10, 40];

const schedule = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));

/** Requests that come at random, with pictures, steps and weights of their own; in order of arrival. Each round has others. */
export function drawRequests(count: number, side: number, round: number): readonly DrawnRequest[] {
  const requests = Array.from({ length: count }, (_, place) => drawRequest(round * count + place, side));
  return requests.sort((a, b) => a.arrival - b.arrival);
}

function drawRequest(seed: number, side: number): DrawnRequest {
  const random = Random.of(seed, 'request');
  const length = 3 * side * side;
  const data = Uint8Array.from({ length }, () => random.integer(256));
  const source = tensor('uint8', [1, side, side, 3], data);
  const steps = fewestSteps + random.integer(mostSteps - fewestSteps + 1);
  const solver = solvers[random.integer(solvers.length)] ?? 'ancestral';
  const strength = 0.2 + 0.6 * random.uniform();
  const guidance = { source, realism: 50 * random.uniform(), faithfulness: 0.1 * random.uniform() };
  return {
    arrival: random.uniform(),
    steps,
    guidance,
    begin: () =>
      new GuidedSampling(
        samplingPlan(schedule, { strength, steps, solver }),
        planesOf(source),
        seededNoise(schedule, { seed, place: 0, length }),
      ),
  };
}
