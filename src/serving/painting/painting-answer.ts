import { answerForm, answerPictures } from '../answers/answer-form.ts';
import { type AppContext, decodeLimits, runningProvider } from '../context.ts';
import type { ReadyModel } from '../open-package.ts';
import type { PictureAnswer } from '../picture-answer.ts';
import { observeAnswer } from '../request-metrics.ts';
import type { CodePainting } from '../translators/code-painting.ts';
import type { WantedPictures } from '../wanted-pictures.ts';
import { paintPictures } from './paint-pictures.ts';
import type { PaintingPlan } from './plan.ts';
import type { PaintingRules } from './rules.ts';
import type { PaintingWishes } from './wishes.ts';

/** A model, and how it paints. */
export interface Painter<Wishes> {
  readonly model: ReadyModel;
  /** Of the model. */
  readonly codes: CodePainting;
  readonly planOf: (wishes: Wishes, rules: PaintingRules) => PaintingPlan;
}

/**
 * Makes pictures of codes and puts them into the form that the client wants. What can be refused without a run is refused
 * first.
 * @throws GuidanceError, NotAcceptableError, QualityInvalidError, and what the pipeline throws
 */
export async function answerPainting<Wishes extends PaintingWishes>(
  { model, codes, planOf }: Painter<Wishes>,
  { options, headers, ...request }: WantedPictures<Wishes>,
  { scheduler, styleCodes, lanes, metrics, config }: AppContext,
): Promise<PictureAnswer> {
  const plan = planOf(options, { codes, image: model.image, mostPictures: config.QUEUE_LIMIT });
  const { pictures } = plan.looks;
  const form = answerForm(options, headers, { pictures });
  const { clock } = request;
  const origin = { model, provider: runningProvider(lanes), clock };
  const labels = { model: model.name };
  const answer = await paintPictures(
    { ...request, model, codes, plan },
    (made) => answerPictures(form, made, origin),
    {
      scheduler,
      styleCodes,
      limits: decodeLimits(config),
      mostCodes: config.MAX_DRAWN_CODES,
      observer: {
        code: () => metrics.codesDrawn.inc(labels),
        drawn: (seconds) => metrics.drawingSeconds.observe(labels, seconds),
      },
    },
  );
  observeAnswer(metrics, model, { pictures, timings: clock.timings });
  return answer;
}
