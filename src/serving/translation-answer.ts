import type { SizeRequest } from '../image/index.ts';
import { answerForm, answerPictures, type FormWishes } from './answers/answer-form.ts';
import { type AppContext, decodeLimits, runningProvider } from './context.ts';
import { answerDiffusion } from './diffusion/diffusion-answer.ts';
import { requireNoSampling } from './diffusion/plan.ts';
import type { SamplingWishes } from './diffusion/wishes.ts';
import { type GuidanceWishes, planGuidance } from './guidance/plan.ts';
import { modelInto } from './guidance/target-domain.ts';
import type { ReadyModel } from './open-package.ts';
import type { PictureAnswer } from './picture-answer.ts';
import { translatePicture } from './pipeline.ts';
import { observeAnswer } from './request-metrics.ts';
import type { WantedPictures } from './wanted-pictures.ts';

/** What a request says of its translations, each field valid by itself. */
export interface TranslationWishes extends GuidanceWishes, SamplingWishes, FormWishes {
  readonly image: Uint8Array;
  readonly size?: SizeRequest | undefined;
  /** Name of the domain that is translated into. */
  readonly to?: string | undefined;
}

/**
 * Translates a picture and puts what was made into the form that the client wants. What can be refused without a run is
 * refused first.
 * @throws GuidanceError, NotAcceptableError, QualityInvalidError, and what the pipeline throws
 */
export async function answerTranslation(
  ready: ReadyModel,
  wanted: WantedPictures<TranslationWishes>,
  context: AppContext,
): Promise<PictureAnswer> {
  const { diffusion } = ready.translator;
  if (diffusion) return answerDiffusion({ model: ready, diffusion }, wanted, context);
  const { options, headers, ...request } = wanted;
  requireNoSampling(options);
  const { scheduler, styleCodes, lanes, metrics, config } = context;
  const { image, size = 'model', to } = options;
  const model = modelInto(ready, to);
  const guidance = planGuidance(options, {
    attributes: model.translator.attributes,
    mostPictures: config.QUEUE_LIMIT,
  });
  const pictures = guidance?.pictures ?? 1;
  const form = answerForm(options, headers, { pictures });
  const origin = { model, provider: runningProvider(lanes), clock: request.clock };
  const answer = await translatePicture(
    { ...request, model, image, size, guidance, answer: (made) => answerPictures(form, made, origin) },
    { scheduler, styleCodes, limits: decodeLimits(config) },
  );
  observeAnswer(metrics, model, { pictures, timings: request.clock.timings });
  return answer;
}
