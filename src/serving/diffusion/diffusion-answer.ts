import { answerForm, answerPictures } from '../answers/answer-form.ts';
import { type AppContext, decodeLimits, runningProvider } from '../context.ts';
import { modelInto } from '../guidance/target-domain.ts';
import type { ReadyModel } from '../open-package.ts';
import type { PictureAnswer } from '../picture-answer.ts';
import { observeAnswer } from '../request-metrics.ts';
import type { TranslationWishes } from '../translation-answer.ts';
import type { DiffusionSampling, StepNetwork } from '../translators/diffusion-sampling.ts';
import type { WantedPictures } from '../wanted-pictures.ts';
import type { Urgency } from '../work.ts';
import { planDiffusion } from './plan.ts';
import { translateBySampling } from './translate-by-sampling.ts';

/** A model that samples. */
export interface Sampler {
  readonly model: ReadyModel;
  /** Of the model. */
  readonly diffusion: DiffusionSampling;
}

/**
 * Translates a picture by sampling, and puts what was made into the form that the client wants. What can be refused without a
 * run is refused first.
 * @throws GuidanceError, NotAcceptableError, QualityInvalidError, and what the pipeline throws
 */
export async function answerDiffusion(
  { model, diffusion }: Sampler,
  { options, headers, ...request }: WantedPictures<TranslationWishes>,
  context: AppContext,
): Promise<PictureAnswer> {
  const { scheduler, lanes, metrics, config } = context;
  const { image, size = 'model', to } = options;
  // A model that samples has one direction.
  modelInto(model, to);
  const plan = planDiffusion(options, {
    diffusion,
    mostPictures: config.QUEUE_LIMIT,
    stepsInTime: stepCounter(model, request.urgency, context),
  });
  const { pictures } = plan;
  const form = answerForm(options, headers, { pictures });
  const origin = { model, provider: runningProvider(lanes), clock: request.clock };
  const answer = await translateBySampling(
    { ...request, model, diffusion, plan, image, size, answer: (made) => answerPictures(form, made, origin) },
    {
      scheduler,
      limits: decodeLimits(config),
      onSteps: (count) => metrics.samplingSteps.inc({ model: model.name }, count),
    },
  );
  observeAnswer(metrics, model, { pictures, timings: request.clock.timings });
  return answer;
}

/** The part of the time until a deadline that steps may take: the rest is for decoding, encoding, and who comes meanwhile. */
const shareOfSteps = 0.8;

/** Tells how many steps each picture can have until the deadline, as things stand. */
function stepCounter(
  model: ReadyModel,
  { deadline }: Urgency,
  { scheduler }: AppContext,
): (step: StepNetwork, pictures: number) => number {
  return ({ network, stepsPerRun }, pictures) => {
    const unmeasured = stepsPerRun * (model.stepMilliseconds ?? 0);
    const each = scheduler.steps.millisecondsOf(model.networkKey(network), pictures, unmeasured);
    return (stepsPerRun * shareOfSteps * (deadline - performance.now())) / each;
  };
}
