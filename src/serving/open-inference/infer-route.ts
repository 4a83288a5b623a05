import type { FastifyReply } from 'fastify';
import { elementCount } from '../../core/tensor.ts';
import { admitted } from '../admitted.ts';
import { type AppContext, type AppInstance, runningProvider } from '../context.ts';
import { departureSignal } from '../departure.ts';
import type { ReadyModel } from '../open-package.ts';
import { observeStages } from '../request-metrics.ts';
import { translateHeaders } from '../schemas.ts';
import { type StageClock, serverTiming } from '../stage-clock.ts';
import { urgencyOf } from '../urgency.ts';
import type { Urgency } from '../work.ts';
import { checkInputs, readInputs } from './inputs.ts';
import { type WrittenResponse, wantedOutputs, writeResponse } from './outputs.ts';
import { runItems } from './run-items.ts';
import {
  type InferenceRequest,
  inferenceError,
  inferenceRequest,
  inferenceResponse,
  type ModelPath,
  type ModelTarget,
} from './schemas.ts';

/** `POST .../infer`: tensors in, tensors out. */
export function inferRoute(app: AppInstance, context: AppContext, { url, params }: ModelPath): void {
  const { catalog, lanes } = context;
  const schema = {
    tags: ['open inference protocol'],
    summary: 'Run a model on tensors',
    description:
      'Tensors go in and come back as JSON, or as little-endian bytes after the JSON: `binary_data_size` on an input, `binary_data_output` in the request, and the length of the JSON in the header `Inference-Header-Content-Length`. Each picture of a batch counts as one at admission.',
    consumes: ['application/json', 'application/octet-stream'],
    params,
    headers: translateHeaders,
    body: inferenceRequest,
    response: {
      200: inferenceResponse,
      ...Object.fromEntries([400, 404, 413, 429, 500, 503, 504].map((status) => [status, inferenceError])),
    },
  };
  app.post(`${url}/infer`, {
    schema,
    // An unknown model is refused before its tensors are received.
    onRequest: async (request) => {
      const { model, version } = request.params as ModelTarget;
      catalog.find(model, version);
    },
    handler: async (request, reply) => {
      const { model, version }: ModelTarget = request.params;
      const signal = departureSignal(reply.raw);
      const { headers, arrivedAt, clock } = request;
      const urgency = urgencyOf({ headers, options: {}, arrivedAt }, context.config);
      const tensorBytes = request.tensorBytes ?? new Uint8Array();
      return catalog.use(model, version, async (ready) => {
        const work = { model: ready, body: request.body, tensorBytes, urgency, signal, clock };
        const written = await infer(work, context);
        reply.header('server-timing', serverTiming(clock.timings));
        reply.header('unpaired-provider', runningProvider(lanes) ?? 'unknown');
        return send(reply, written);
      });
    },
  });
}

interface InferenceWork {
  readonly model: ReadyModel;
  readonly body: InferenceRequest;
  /** What came after the JSON. */
  readonly tensorBytes: Uint8Array;
  readonly urgency: Urgency;
  readonly signal: AbortSignal;
  readonly clock: StageClock;
}

/** Check, admit, read, run, write: nothing is allocated for a request before it has its places. */
async function infer(
  { model, body, tensorBytes, urgency, signal, clock }: InferenceWork,
  { scheduler, config, metrics }: AppContext,
): Promise<WrittenResponse> {
  const { translator, image } = model;
  const { inputs: interfaces } = translator;
  const items = checkInputs(body.inputs, { interfaces, image, mostItems: config.QUEUE_LIMIT });
  const values = Math.max(...body.inputs.map(({ shape }) => elementCount(shape)));
  const wanted = wantedOutputs(body, translator.outputs, values);
  return admitted(items, { model, scheduler, clock, urgency, signal }, async (runs) => {
    const feeds = await clock.time('preprocess', () => readInputs(body.inputs, tensorBytes, interfaces));
    const tensors = await runItems(feeds, translator, runs.run);
    const head = {
      model_name: model.name,
      model_version: model.version,
      ...(body.id === undefined ? {} : { id: body.id }),
    };
    const written = await clock.time('postprocess', () => writeResponse(head, wanted, tensors));
    observeStages(metrics, model, clock.timings);
    return written;
  });
}

/** The bytes as they are: written once, and not looked at again by a serializer. */
function send(reply: FastifyReply, { body, jsonBytes }: WrittenResponse): FastifyReply {
  reply.header('cache-control', 'no-store');
  if (jsonBytes === undefined) return reply.type('application/json').send(body);
  return reply
    .header('inference-header-content-length', String(jsonBytes))
    .type('application/octet-stream')
    .send(body);
}
