import type { IncomingHttpHeaders } from 'node:http';
import {
  encode,
  negotiateOutputFormat,
  type OutputFormat,
  outputFormats,
  qualityOf,
  type SizeRequest,
} from '../image/index.ts';
import { negotiateSeveral } from './answers/negotiate-several.ts';
import { provenanceHeaders } from './answers/provenance.ts';
import { severalAnswer } from './answers/several-answer.ts';
import { type AppContext, runningProvider } from './context.ts';
import { NotAcceptableError } from './errors.ts';
import { type GuidanceWishes, planGuidance } from './guidance/plan.ts';
import { answerMode } from './jobs/answers.ts';
import type { ReadyModel } from './open-package.ts';
import { type PictureAnswer, pictureAnswer } from './picture-answer.ts';
import { type TranslationRequest, translatePicture } from './pipeline.ts';
import type { StageClock } from './stage-clock.ts';

/** A translation as it was asked for, its fields valid by themselves. */
export interface WantedTranslation
  extends Pick<TranslationRequest<unknown>, 'urgency' | 'signal' | 'watcher' | 'decoded'> {
  readonly options: GuidanceWishes & {
    readonly image: Uint8Array;
    readonly format?: OutputFormat | undefined;
    readonly quality?: number | undefined;
    readonly size?: SizeRequest | undefined;
  };
  readonly headers: IncomingHttpHeaders;
  readonly clock: StageClock;
}

/**
 * Translates a picture and puts what was made into the form that the client wants: one picture as it is, several as `Accept`
 * says. What can be refused without a run is refused first.
 * @throws GuidanceError, NotAcceptableError, QualityInvalidError, and what the pipeline throws
 */
export async function answerTranslation(
  model: ReadyModel,
  { options, headers, ...request }: WantedTranslation,
  { scheduler, styleCodes, lanes, metrics, config }: AppContext,
): Promise<PictureAnswer> {
  const { image, size = 'model', quality } = options;
  const guidance = planGuidance(options, {
    attributeCodeSize: model.translator.attributes?.codeSize,
    mostPictures: config.QUEUE_LIMIT,
  });
  const several = guidance !== undefined && guidance.pictures > 1;
  const shape = several ? negotiateSeveral(headers.accept) : undefined;
  const format = options.format ?? shape?.format ?? acceptedFormat(headers);
  const encoding = quality === undefined ? { format } : { format, quality };
  qualityOf(encoding);
  const limits = { maximumBytes: config.MAX_UPLOAD_BYTES, maximumPixels: config.MAX_PIXELS };
  const { clock } = request;
  const answered = await translatePicture(
    {
      ...request,
      model,
      image,
      size,
      guidance,
      answer: async (pictures) => {
        const about = { model, provider: runningProvider(lanes) };
        if (shape) return severalAnswer({ ...shape, format, quality }, pictures, { ...about, clock });
        const [picture] = pictures as [(typeof pictures)[number]];
        const bytes = await clock.time('encode', () => encode(picture.pixels, encoding));
        const answer = pictureAnswer({ bytes, format, ...about, timings: clock.timings });
        return { ...answer, headers: { ...answer.headers, ...provenanceHeaders([picture]) } };
      },
    },
    { scheduler, styleCodes, limits },
  );
  metrics.outputs.observe({ model: model.name }, guidance?.pictures ?? 1);
  for (const [stage, milliseconds] of Object.entries(clock.timings))
    metrics.stageSeconds.observe({ model: model.name, stage }, milliseconds / 1000);
  return answered;
}

/** Who asks for events may ask for pictures beside them; otherwise the result is as if it said nothing. */
function acceptedFormat(headers: IncomingHttpHeaders): OutputFormat {
  const { accept } = headers;
  const format = negotiateOutputFormat(accept);
  if (format !== undefined) return format;
  if (answerMode(headers) === 'events') return 'png';
  throw new NotAcceptableError(
    accept ?? '',
    Object.values(outputFormats).map(({ mediaType }) => mediaType),
  );
}
