import type { FastifyRequest } from 'fastify';
import type { AppContext, AppInstance } from '../context.ts';
import { departureSignal } from '../departure.ts';
import { RequestInvalidError } from '../errors.ts';
import { GuidanceError } from '../guidance/plan.ts';
import { answerMode, logJob, sendAccepted, sendEvents } from '../jobs/answers.ts';
import { translateDescription } from '../openapi.ts';
import { sendPicture } from '../picture-answer.ts';
import {
  type ModelTarget,
  modelParams,
  translateForm,
  translateHeaders,
  translateQuery,
  versionParams,
} from '../schemas.ts';
import { answerTranslation, type WantedTranslation } from '../translation-answer.ts';
import { readBody } from '../upload.ts';
import { urgencyOf } from '../urgency.ts';

/** `POST /translate/{model}`, and `/versions/{version}` of it: a picture in, a picture or several out. */
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
  const { catalog, config, jobs, scheduler } = context;

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
      const options = { ...request.query, ...request.body };
      const { headers, arrivedAt, clock } = request;
      const urgency = urgencyOf({ headers, options, arrivedAt }, config);
      const { model, version }: ModelTarget = request.params;
      const translate = async (watch: Watch) => {
        const decoded = () => {
          request.releaseUpload();
          watch.decoded?.();
        };
        const wanted = { options, headers, urgency, ...watch, decoded, clock };
        try {
          return await catalog.use(model, version, (ready) => answerTranslation(ready, wanted, context));
        } catch (thrown) {
          throw thrown instanceof GuidanceError ? asFieldFaults(thrown, request.body) : thrown;
        }
      };
      const signal = departureSignal(reply.raw);
      const mode = answerMode(headers);
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
type Watch = Pick<WantedTranslation, 'signal' | 'watcher' | 'decoded'>;

/** A field is where the client has put it: in the form, or else in the query. */
function asFieldFaults({ faults }: GuidanceError, form: object): RequestInvalidError {
  return new RequestInvalidError(
    faults.map(({ field, message }) => ({ location: field in form ? 'form' : 'query', field, message })),
  );
}
