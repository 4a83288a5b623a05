import type { TensorInterface } from '../../core/manifest.ts';
import type { AppContext, AppInstance } from '../context.ts';
import type { ReadyModel } from '../open-package.ts';
import { readinessStatus } from '../readiness.ts';
import { acceptInference } from './body.ts';
import { protocolNames } from './datatypes.ts';
import { sendInferenceError, sendInferenceNotFound } from './errors.ts';
import { inferRoute } from './infer-route.ts';
import { declaredShape } from './inputs.ts';
import {
  inferenceError,
  inferenceParams,
  inferenceVersionParams,
  type ModelPath,
  type ModelTarget,
  modelMetadata,
  modelReadiness,
  serverMetadata,
} from './schemas.ts';

const tags = ['open inference protocol'];

/** The Open Inference Protocol (KServe v2) beside our own routes, for clients that speak tensors. */
export async function openInferenceRoutes(app: AppInstance, context: AppContext): Promise<void> {
  const protocol = async (v2: AppInstance) => {
    acceptInference(v2, context.config.MAX_UPLOAD_BYTES);
    v2.setErrorHandler(sendInferenceError);
    v2.setNotFoundHandler(sendInferenceNotFound);
    serverRoutes(v2, context);
    const paths = [
      { url: '/models/:model', params: inferenceParams },
      { url: '/models/:model/versions/:version', params: inferenceVersionParams },
    ] as const;
    for (const path of paths) {
      modelRoutes(v2, context, path);
      inferRoute(v2, context, path);
    }
  };
  await app.register(protocol, { prefix: '/v2' });
}

function serverRoutes(app: AppInstance, context: AppContext): void {
  const about = { tags, summary: 'Name, version and extensions', response: { 200: serverMetadata } };
  app.get('/', { schema: about }, async () => ({
    name: 'unpaired',
    version: context.version,
    extensions: ['binary_tensor_data'],
  }));
  const live = { tags, summary: 'Is the process alive? By the status alone' };
  app.get('/health/live', { schema: live }, async (_request, reply) => reply.code(200).send());
  const ready = { tags, summary: 'Can it serve? By the status alone, as /readyz' };
  app.get('/health/ready', { schema: ready }, async (_request, reply) =>
    reply.code(readinessStatus(context) === 'ready' ? 200 : 503).send(),
  );
}

function modelRoutes(app: AppInstance, { catalog }: AppContext, { url, params }: ModelPath): void {
  const errors = { 404: inferenceError, 503: inferenceError };
  const about = {
    tags,
    summary: 'Tensors that a model takes and gives',
    params,
    response: { 200: modelMetadata, ...errors },
  };
  app.get(url, { schema: about }, async (request) => {
    const { model, version }: ModelTarget = request.params;
    return describe(
      catalog.find(model, version),
      catalog.versionsOf(model).filter(({ ready }) => ready),
    );
  });
  const readiness = {
    tags,
    summary: 'Does a model take requests?',
    params,
    response: { 200: modelReadiness, ...errors },
  };
  app.get(`${url}/ready`, { schema: readiness }, async (request) => {
    const { model, version }: ModelTarget = request.params;
    return { name: catalog.find(model, version).name, ready: true };
  });
}

function describe(model: ReadyModel, ready: readonly { readonly version: string }[]) {
  const { name, image, translator } = model;
  const { inputs, outputs } = translator;
  const tensor = (face: TensorInterface) => ({
    name: face.name,
    datatype: protocolNames[face.dtype],
    shape: declaredShape(face, image),
  });
  return {
    name,
    versions: ready.map(({ version }) => version),
    // As Triton names it: the program and the format of the model.
    platform: 'onnxruntime_onnx',
    inputs: inputs.map(tensor),
    outputs: outputs.map(tensor),
  };
}
