import type { FastifyReply, FastifyRequest } from 'fastify';
import { negotiateOutputFormat, type OutputFormat, outputFormats, qualityOf } from '../../image/index.ts';
import { type AppContext, type AppInstance, runningProvider } from '../context.ts';
import { departureSignal } from '../departure.ts';
import { NotAcceptableError } from '../errors.ts';
import type { ReadyModel } from '../open-package.ts';
import { translateDescription } from '../openapi.ts';
import { type Translation, translatePicture } from '../pipeline.ts';
import {
  type ModelTarget,
  modelParams,
  translateForm,
  translateHeaders,
  translateQuery,
  versionParams,
} from '../schemas.ts';
import { serverTiming } from '../stage-clock.ts';
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
  const { catalog, config, lanes, metrics, scheduler } = context;
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
      const format = options.format ?? acceptedFormat(request.headers.accept);
      const { quality } = options;
      const urgency = urgencyOf({ headers: request.headers, options, arrivedAt: request.arrivedAt }, config);
      // A quality that the format does not have is refused now, not after the picture was run.
      qualityOf(quality === undefined ? { format } : { format, quality });
      const signal = departureSignal(reply.raw);
      const { size = 'model' } = options;
      const { model, version }: ModelTarget = request.params;
      return catalog.use(model, version, async (model) => {
        const translation = await translatePicture(
          { model, image, format, quality, size, urgency, decoded: () => request.releaseUpload(), signal },
          { scheduler, limits },
        );
        for (const [stage, milliseconds] of Object.entries(translation.timings)) {
          metrics.stageSeconds.observe({ model: model.name, stage }, milliseconds / 1000);
        }
        reply.header('unpaired-provider', runningProvider(lanes) ?? 'unknown');
        return sendPicture(reply, { translation, model, format });
      });
    },
  });
}

function acceptedFormat(accept: string | undefined): OutputFormat {
  const format = negotiateOutputFormat(accept);
  if (format !== undefined) return format;
  throw new NotAcceptableError(
    accept ?? '',
    Object.values(outputFormats).map(({ mediaType }) => mediaType),
  );
}

function sendPicture(
  reply: FastifyReply,
  { translation, model, format }: { translation: Translation; model: ReadyModel; format: OutputFormat },
): FastifyReply {
  const { bytes, timings } = translation;
  return reply
    .header('server-timing', serverTiming(timings))
    .header('unpaired-model', model.name)
    .header('unpaired-model-version', model.version)
    .header('cache-control', 'no-store')
    .header('vary', 'accept')
    .type(outputFormats[format].mediaType)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
