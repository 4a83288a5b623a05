import type { Tensor } from '../../core/tensor.ts';
import { cutAnswer, type DecodeLimits, decodeForModel } from '../../image/index.ts';
import { admitted } from '../admitted.ts';
import type { MadePicture } from '../answers/made-picture.ts';
import { requirePresence } from '../departure.ts';
import { requireSize, type TranslationRequest } from '../pipeline.ts';
import type { Scheduler } from '../scheduler.ts';
import { StageClock } from '../stage-clock.ts';
import type { DiffusionSampling } from '../translators/diffusion-sampling.ts';
import { type DiffusionPlan, runsOf } from './plan.ts';
import { samplePictures } from './sample-pictures.ts';

/** A translation by sampling as the pipeline takes it. */
export interface SamplingRequest<Answer> extends Omit<TranslationRequest<Answer>, 'guidance'> {
  /** Of the model. */
  readonly diffusion: DiffusionSampling;
  readonly plan: DiffusionPlan;
}

export interface SamplingDependencies {
  readonly scheduler: Scheduler;
  readonly limits: DecodeLimits;
  /** Hears of steps that were done. Default: nobody does. */
  readonly onSteps?: (count: number) => void;
}

/**
 * One request from bytes to bytes: admit, decode, sample, encode; the steps are queued one by one.
 * @throws what its steps throw
 */
export async function translateBySampling<Answer>(
  request: SamplingRequest<Answer>,
  { scheduler, limits, onSteps = () => {} }: SamplingDependencies,
): Promise<Answer> {
  const { model, diffusion, plan, image, size, urgency, decoded, watcher, signal, answer } = request;
  const { clock = new StageClock() } = request;
  const { translator } = model;
  const options = { model, scheduler, clock, urgency, watcher, signal };
  return admitted(plan.pictures, options, async (runs) => {
    runs.expect(plan.step.network, runsOf(plan), plan.pictures);
    const { pixels, plan: sizes } = await clock.time('decode', () =>
      decodeForModel(image, { policy: model.image, size, limits }),
    );
    decoded?.();
    requirePresence(signal);
    const { source } = await clock.time('preprocess', () => translator.prepare(pixels, []));
    const finish = (picture: Tensor) => translator.finish({ picture });
    const sampled = await samplePictures(
      { plan, diffusion, source: source as Tensor<'uint8'>, size: sizes.network, finish, watcher, onSteps },
      runs,
    );
    requirePresence(signal);
    const pictures = await clock.time('postprocess', () =>
      Promise.all(
        sampled.map(async ({ picture }) =>
          cutAnswer(requireSize(await finish(picture), sizes.network), sizes),
        ),
      ),
    );
    const made = pictures.map((each, place): MadePicture => {
      const total = plan.sampling.steps.length * plan.sampling.repeats;
      const done = sampled[place]?.done ?? total;
      return {
        pixels: each,
        seed: plan.seed,
        sampling: { ...plan.settings, ...(done < total && { acceptedAfter: done }) },
        label: `sample ${place + 1} of seed ${plan.seed}`,
      };
    });
    const answered = await answer(made, clock);
    requirePresence(signal);
    return answered;
  });
}
