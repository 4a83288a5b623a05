import type { ModelEntry } from '../catalog.ts';
import { type AppContext, type AppInstance, runningProvider } from '../context.ts';
import { problemResponse } from '../openapi.ts';
import { modelDetails, modelList, modelParams } from '../schemas.ts';

/** `GET /models` and `GET /models/{model}`: what there is, in which state, and why not. */
export function modelRoutes(app: AppInstance, { catalog, lanes }: AppContext): void {
  const list = { tags: ['models'], summary: 'List the models', response: { 200: modelList } };
  app.get('/models', { schema: list }, async () => ({
    models: catalog.entries.map((entry) => summarise(entry, runningProvider(lanes))),
  }));

  const describe = {
    tags: ['models'],
    summary: 'Describe a model: the version that answers for its name, or the newest when none does',
    params: modelParams,
    response: { 200: modelDetails, 404: problemResponse('There is no such model.') },
  };
  app.get('/models/:model', { schema: describe }, async (request) => {
    const entry = catalog.describe(request.params.model);
    const { manifest, loadSeconds } = entry;
    return {
      ...summarise(entry, runningProvider(lanes)),
      ...(loadSeconds === undefined ? {} : { loadSeconds }),
      ...(manifest === undefined ? {} : { manifest: { ...manifest } }),
    };
  });
}

function summarise(entry: ModelEntry, provider: string | undefined) {
  const { name, version, state, reason, manifest } = entry;
  const ready = state === 'ready';
  return {
    name,
    version,
    state,
    serving: ready,
    ...(reason === undefined ? {} : { reason }),
    ...(manifest && {
      ...(manifest.description === undefined ? {} : { description: manifest.description }),
      method: manifest.method,
      sourceDomain: manifest.sourceDomain,
      targetDomain: manifest.targetDomain,
    }),
    ...(ready && provider !== undefined ? { provider } : {}),
  };
}
