import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { negotiateOutputFormat, type OutputFormat, outputFormats, qualityOf } from '../../image/index.ts';
import { type AppContext, type AppInstance, runningProvider } from '../context.ts';
import { departureSignal } from '../departure.ts';
import { NotAcceptableError } from '../errors.ts';
import { answerMode, logJob, sendAccepted, sendEvents } from '../jobs/answers.ts';
import { translateDescription } from '../openapi.ts';
import { pictureAnswer, sendPicture } from '../picture-answer.ts';
import { type TranslationRequest, translatePicture } from '../pipeline.ts';
import {
  type ModelTarget,
  modelParams,
  translateForm,
  translateHeaders,
  translateQuery,
  versionParams,
} from '../schemas.ts';
import { readBody } from '../upload.ts';
import { urgencyOf } from '../urgency.ts';

/** `POST /translate/{model}`, and `/versions/{version}` of it: a picture in, a picture out. */
export function translateRoute(app: AppInstance, context: AppContext): void {
  for (const [url, params] of [
    ['/translate/:model', modelParams],
    ['/translate/:model/versions/:version', versionParams],
  ] as const) {
    addRoute(app, context, { url, params });
  }
}

function addRoute(
  app: AppInstance,
  context: AppContext,
  { url, params }: { url: string; params: typeof modelParams | typeof versionParams },
): void {
  const { catalog, config, jobs, lanes, metrics, scheduler } = context;
  const limits = { maximumBytes: config.MAX_UPLOAD_BYTES, maximumPixels: config.MAX_PIXELS };

  app.post(url, {
    schema: {
      ...translateDescription,
      params,
      querystring: translateQuery,
      headers: translateHeaders,
      body: translateForm,
    },
    config: { pictureBody: true },
    // An unknown model is refused before its picture is received.
    onRequest: async (request) => {
      const { model, version } = request.params as ModelTarget;
      catalog.find(model, version);
    },
    preValidation: async (request: FastifyRequest) => {
      request.body = await readBody(request, config.MAX_UPLOAD_BYTES);
    },
    handler: async (request, reply) => {
      // A field of the form outranks the query: it is nearer to the picture.
      const { image, ...options } = { ...request.query, ...request.body };
      const format = options.format ?? acceptedFormat(request.headers);
      const { quality } = options;
      const urgency = urgencyOf({ headers: request.headers, options, arrivedAt: request.arrivedAt }, config);
      // A quality that the format does not have is refused now, not after the picture was run.
      qualityOf(quality === undefined ? { format } : { format, quality });
      const { size = 'model' } = options;
      const { clock } = request;
      const { model, version }: ModelTarget = request.params;
      const translate = (watch: Watch) =>
        catalog.use(model, version, async (model) => {
          const decoded = () => {
            request.releaseUpload();
            watch.decoded?.();
          };
          const { bytes, timings } = await translatePicture(
            { model, image, format, quality, size, urgency, ...watch, decoded, clock },
            { scheduler, limits },
          );
          for (const [stage, milliseconds] of Object.entries(timings)) {
            metrics.stageSeconds.observe({ model: model.name, stage }, milliseconds / 1000);
          }
          return pictureAnswer({ bytes, format, model, timings, provider: runningProvider(lanes) });
        });
      const signal = departureSignal(reply.raw);
      const mode = answerMode(request.headers);
      if (mode === 'picture') return sendPicture(reply, await translate({ signal }));
      const job = await jobs.accept(
        { owner: request.apiKey?.name, model, requestId: request.id },
        async (job, ready) => translate({ signal: job.signal, watcher: job, decoded: ready }),
        signal,
      );
      void job.ended.then(() => logJob(request.log, job));
      return mode === 'events' ? sendEvents(reply, job) : sendAccepted(reply, job, scheduler);
    },
  });
}

/** Who is told what while a picture is translated. */
type Watch = Pick<TranslationRequest, 'signal' | 'watcher' | 'decoded'>;

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
