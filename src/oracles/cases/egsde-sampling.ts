import { betasOf } from '../../core/diffusion/betas.ts';
import { GuidedSampling, type SamplingNoise } from '../../core/diffusion/guided-sampling.ts';
import { type NoiseSchedule, noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { samplingPlan } from '../../core/diffusion/sampling-plan.ts';
import {
  type StepVariance,
  stepVariances,
  type Transition,
  transitionOf,
} from '../../core/diffusion/transition.ts';
import { elementCount, float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { Arguments } from '../arguments.ts';
import { byName, type Produced } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { publishedSimilarities } from './egsde-energies.ts';
import { GuidedStepper } from './egsde-stepper.ts';

/** `egsde_sample` for every choice of similarities, and EGSDE's whole loop. */
export async function egsdeSampling(oracle: OracleCase): Promise<Produced> {
  return byName(new Map([...(await singleSteps(oracle)), ...(await loop(oracle))]));
}

/**
 * `sample.<E_s>.<E_i>`, with the weights of the case; `only_dse.<E_s>` and `only_die.<E_i>` without the other energy, and
 * `plain` without either.
 */
async function singleSteps(oracle: OracleCase): Promise<Map<string, Tensor>> {
  const settings = new Arguments(oracle.declaration.sampler_settings);
  const variance = varianceOf(settings);
  const [realism, faithfulness] = [settings.group('ls'), settings.group('li')];
  const schedule = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));
  const given = {
    state: inputOf(oracle, 'y'),
    perturbed: inputOf(oracle, 'xt'),
    stepNoise: inputOf(oracle, 'noise'),
    times: toNumbers(inputOf(oracle, 't')),
  };
  const transitions = given.times.map((time) => publishedStep(schedule, time, variance));
  const outputs = new Map<string, Tensor>();
  for (const first of publishedSimilarities.keys()) {
    for (const second of publishedSimilarities.keys()) {
      const stepper = await GuidedStepper.open(oracle, first, second);
      const weights = { realism: realism.number(first), faithfulness: faithfulness.number(second) };
      const runs = {
        [`sample.${first}.${second}`]: weights,
        [`only_dse.${first}`]: { ...weights, faithfulness: 0 },
        [`only_die.${second}`]: { ...weights, realism: 0 },
        plain: { realism: 0, faithfulness: 0 },
      };
      for (const [name, weighted] of Object.entries(runs)) {
        outputs.set(name, (await stepper.run({ ...given, transitions, ...weighted })).state);
      }
      await stepper.close();
    }
  }
  return outputs;
}

function publishedStep({ alphaBar }: NoiseSchedule, time: number, variance: StepVariance): Transition {
  const to = time === 0 ? 1 : (alphaBar[time - 1] as number);
  return transitionOf('ancestral', { from: alphaBar[time] as number, to }, variance);
}

/** `loop.result<repeat>`, and of the first repeat what came out of its first step, of half of them, and of the last. */
async function loop(oracle: OracleCase): Promise<Map<string, Tensor>> {
  const settings = new Arguments(oracle.declaration.loop_settings);
  const steps = settings.integer('num_diffusion_timesteps');
  const range = { first: settings.number('beta_start'), last: settings.number('beta_end') };
  const initial = settings.integer('t');
  const plan = samplingPlan(noiseSchedule(betasOf({ course: 'linear', steps, ...range })), {
    strength: initial / steps,
    repeats: settings.integer('sample_step', 1),
    variance: varianceOf(settings),
  });
  const picture = inputOf(oracle, 'loop_x');
  const source = Float32Array.from(toNumbers(picture), (value) => 2 * value - 1);
  const weights = { realism: settings.number('ls'), faithfulness: settings.number('li') };
  const stepper = await GuidedStepper.open(oracle, settings.text('s1'), settings.text('s2'));
  const sampling = new GuidedSampling(plan, source, savedNoise(oracle, initial));
  const outputs = new Map<string, Tensor>();
  for (let step = sampling.step; step !== undefined; step = sampling.step) {
    const { time, transition, startNoise } = step;
    const planes = (values: Float32Array) => float32(picture.dims, values);
    const { state, clean } = await stepper.run({
      state: planes(step.state),
      perturbed: planes(
        source.map(
          (value, at) => transition.signal * value + transition.deviation * (startNoise[at] as number),
        ),
      ),
      stepNoise: planes(step.stepNoise),
      times: [time],
      transitions: [transition],
      ...weights,
    });
    sampling.take({ state: state.data, clean: clean.data });
    for (const name of namesAfter(sampling.done, initial)) {
      outputs.set(name, name.startsWith('loop.result') ? finished(state) : state);
    }
  }
  await stepper.close();
  return outputs;
}

/** What is saved of the state after so many steps. @param initial steps of a repeat */
function namesAfter(done: number, initial: number): string[] {
  const named: [boolean, string][] = [
    [done === 1, 'loop.y_after_first_step'],
    [done === Math.floor(initial / 2), 'loop.y_after_half'],
    [done % initial === 0, `loop.result${done / initial - 1}`],
    [done % initial === 0, 'loop.y_last_unclamped'],
  ];
  return named.flatMap(([holds, name]) => (holds ? [name] : []));
}

/** [-1, 1] to [0, 1], what lies outside clamped. */
function finished(state: Tensor<'float32'>): Tensor {
  return float32(
    state.dims,
    state.data.map((value) => Math.min(Math.max((value + 1) / 2, 0), 1)),
  );
}

/** The noise of a case, in the order of its use: that of the start, then one for each step; and again for a repeat. */
function savedNoise(oracle: OracleCase, initial: number): SamplingNoise {
  const { data, dims } = inputOf(oracle, 'loop_noise') as Tensor<'float32'>;
  const length = elementCount(dims.slice(1));
  const at = (place: number) => data.slice(place * length, (place + 1) * length);
  const first = (repeat: number) => repeat * (initial + 1);
  return {
    start: (repeat) => at(first(repeat)),
    step: (repeat, from) => at(first(repeat) + initial - from),
  };
}

function varianceOf(settings: Arguments): StepVariance {
  return settings.oneOf('var_type', stepVariances, 'fixedsmall');
}
