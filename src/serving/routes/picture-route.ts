import type { FastifyRequest } from 'fastify';
import type { AppContext, AppInstance } from '../context.ts';
import { departureSignal } from '../departure.ts';
import { RequestInvalidError } from '../errors.ts';
import { GuidanceError } from '../guidance/plan.ts';
import { answerMode, logJob, sendAccepted, sendEvents } from '../jobs/answers.ts';
import type { ReadyModel } from '../open-package.ts';
import { type PictureAnswer, sendPicture } from '../picture-answer.ts';
import {
  type Fields,
  type ModelTarget,
  modelParams,
  translateHeaders,
  type ValuesOf,
  versionParams,
} from '../schemas.ts';
import { readBody } from '../upload.ts';
import { type UrgencyWishes, urgencyOf } from '../urgency.ts';
import type { WantedPictures } from '../wanted-pictures.ts';

/** Something that pictures are asked of a model for. */
export interface PictureRoute<Form extends Fields<UrgencyWishes['options']>> {
  /** First part of the path. */
  readonly action: string;
  /** What /docs says of it. */
  readonly description: object;
  readonly query: Fields;
  /** The fields of the query, and those that come as files. */
  readonly form: Form;
  /** Refuses a model that cannot do it, before the body is received. */
  readonly require?: (model: ReadyModel) => void;
  readonly answer: (
    model: ReadyModel,
    wanted: WantedPictures<ValuesOf<Form>>,
    context: AppContext,
  ) => Promise<PictureAnswer>;
}

/**
 * `POST /{action}/{model}`, and `/versions/{version}` of it: a form in; a picture, several in one file, a job or its events
 * out.
 */
export function pictureRoute<Form extends Fields<UrgencyWishes['options']>>(
  app: AppInstance,
  context: AppContext,
  route: PictureRoute<Form>,
): void {
  const { catalog, config, jobs, scheduler } = context;
  const { action, description, query: querystring, form: body } = route;
  for (const [url, params] of [
    [`/${action}/:model`, modelParams],
    [`/${action}/:model/versions/:version`, versionParams],
  ] as const) {
    app.post(url, {
      schema: { ...description, params, querystring, headers: translateHeaders, body },
      config: { pictureBody: true },
      // What cannot be done is refused before a picture is received.
      onRequest: async (request) => {
        const { model, version } = request.params as ModelTarget;
        const ready = catalog.find(model, version);
        route.require?.(ready);
      },
      preValidation: async (request: FastifyRequest) => {
        request.body = await readBody(request, config.MAX_UPLOAD_BYTES);
      },
      handler: async (request, reply) => {
        const { model } = request.params as ModelTarget;
        const make = maker(route, request, context);
        const signal = departureSignal(reply.raw);
        const mode = answerMode(request.headers);
        if (mode === 'picture') return sendPicture(reply, await make({ signal }));
        const job = await jobs.accept(
          { owner: request.apiKey?.name, model, requestId: request.id },
          async (job, ready) => make({ signal: job.signal, watcher: job, decoded: ready }),
          signal,
        );
        void job.ended.then(() => logJob(request.log, job));
        return mode === 'events' ? sendEvents(reply, job) : sendAccepted(reply, job, scheduler);
      },
    });
  }
}

/** Who is told what while pictures are made. */
type Watch = Pick<WantedPictures<unknown>, 'signal' | 'watcher' | 'decoded'>;

function maker<Form extends Fields<UrgencyWishes['options']>>(
  { answer }: PictureRoute<Form>,
  request: FastifyRequest,
  context: AppContext,
): (watch: Watch) => Promise<PictureAnswer> {
  const { arrivedAt, clock } = request;
  const headers = request.headers as FastifyRequest['headers'] & UrgencyWishes['headers'];
  const { model, version } = request.params as ModelTarget;
  // A field of the form outranks the query: it is nearer to the picture.
  const options = { ...(request.query as object), ...(request.body as object) } as ValuesOf<Form>;
  const urgency = urgencyOf({ headers, options, arrivedAt }, context.config);
  return async (watch) => {
    const decoded = () => {
      request.releaseUpload();
      watch.decoded?.();
    };
    const wanted = { options, headers, urgency, ...watch, decoded, clock };
    try {
      return await context.catalog.use(model, version, (ready) => answer(ready, wanted, context));
    } catch (thrown) {
      throw thrown instanceof GuidanceError ? asFieldFaults(thrown, request.body as object) : thrown;
    }
  };
}

/** A field is where the client has put it: in the form, or else in the query. */
function asFieldFaults({ faults }: GuidanceError, form: object): RequestInvalidError {
  return new RequestInvalidError(
    faults.map(({ field, message }) => ({ location: field in form ? 'form' : 'query', field, message })),
  );
}
