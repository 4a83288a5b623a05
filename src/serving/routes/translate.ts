import type { FastifyReply, FastifyRequest } from 'fastify';
import { negotiateOutputFormat, type OutputFormat, outputFormats, qualityOf } from '../../image/index.ts';
import type { ReadyModel } from '../catalog.ts';
import { type AppContext, type AppInstance, runningProvider } from '../context.ts';
import { departureSignal } from '../departure.ts';
import { NotAcceptableError } from '../errors.ts';
import { translateDescription } from '../openapi.ts';
import { type Translation, translatePicture } from '../pipeline.ts';
import { modelParams, translateForm, translateQuery } from '../schemas.ts';
import { serverTiming } from '../stage-clock.ts';
import { readBody } from '../upload.ts';

/** `POST /translate/{model}`: a picture in, a picture out. */
export function translateRoute(app: AppInstance, context: AppContext): void {
  const { catalog, config, lanes, metrics, scheduler } = context;
  const limits = { maximumBytes: config.MAX_UPLOAD_BYTES, maximumPixels: config.MAX_PIXELS };

  app.post('/translate/:model', {
    schema: {
      ...translateDescription,
      params: modelParams,
      querystring: translateQuery,
      body: translateForm,
    },
    config: { pictureBody: true },
    // An unknown model is refused before its picture is received.
    onRequest: async (request) => void catalog.find((request.params as { model: string }).model),
    preValidation: async (request: FastifyRequest) => {
      request.body = await readBody(request, config.MAX_UPLOAD_BYTES);
    },
    handler: async (request, reply) => {
      const model = catalog.find(request.params.model);
      // A field of the form outranks the query: it is nearer to the picture.
      const { image, ...options } = { ...request.query, ...request.body };
      const format = options.format ?? acceptedFormat(request.headers.accept);
      const { quality } = options;
      // A quality that the format does not have is refused now, not after the picture was run.
      qualityOf(quality === undefined ? { format } : { format, quality });
      const signal = departureSignal(reply.raw);
      const { size = 'model' } = options;
      const translation = await translatePicture(
        { model, image, format, quality, size, signal },
        { scheduler, limits },
      );
      for (const [stage, milliseconds] of Object.entries(translation.timings)) {
        metrics.stageSeconds.observe({ model: model.name, stage }, milliseconds / 1000);
      }
      reply.header('unpaired-provider', runningProvider(lanes) ?? 'unknown');
      return sendPicture(reply, { translation, model, format });
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
