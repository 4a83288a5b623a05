import type { Catalog } from '../catalog.ts';
import { type AppContext, type AppInstance, runningProvider } from '../context.ts';
import { samplingAbilitiesOf } from '../diffusion/abilities.ts';
import { mostOutputs, mostStyles } from '../guidance/plan.ts';
import { domainsInto } from '../guidance/target-domain.ts';
import type { ModelEntry } from '../model-entry.ts';
import type { ReadyModel } from '../open-package.ts';
import { problemResponse } from '../openapi.ts';
import { modelDetails, modelList, modelParams, versionParams } from '../schemas.ts';
import { abilitiesOf } from '../translators/abilities.ts';

/** `GET /models`, `GET /models/{model}[/versions/{version}]`: what there is, in which state, and why not. */
export function modelRoutes(app: AppInstance, { catalog, lanes }: AppContext): void {
  const list = { tags: ['models'], summary: 'List the models', response: { 200: modelList } };
  app.get('/models', { schema: list }, async () => ({
    models: catalog.entries.map((entry) => summarise(entry, catalog, runningProvider(lanes))),
  }));

  const details = (entry: ModelEntry) => {
    const { manifest, loadSeconds } = entry;
    return {
      ...summarise(entry, catalog, runningProvider(lanes)),
      ...(loadSeconds === undefined ? {} : { loadSeconds }),
      ...(manifest === undefined ? {} : { manifest: { ...manifest } }),
    };
  };
  const describe = {
    tags: ['models'],
    summary: 'Describe a model: the version that answers for its name, or the newest when none does',
    params: modelParams,
    response: { 200: modelDetails, 404: problemResponse('There is no such model.') },
  };
  app.get('/models/:model', { schema: describe }, async ({ params }) =>
    details(catalog.describe(params.model)),
  );
  const describeVersion = { ...describe, summary: 'Describe one version of a model', params: versionParams };
  app.get('/models/:model/versions/:version', { schema: describeVersion }, async ({ params }) =>
    details(catalog.describe(params.model, params.version)),
  );
}

function summarise(entry: ModelEntry, catalog: Catalog, provider: string | undefined) {
  const { name, version, state, reason, manifest } = entry;
  const ready = state === 'ready';
  return {
    name,
    version,
    state,
    serving: ready && catalog.describe(name) === entry,
    ...(reason === undefined ? {} : { reason }),
    ...(manifest && {
      ...(manifest.description === undefined ? {} : { description: manifest.description }),
      method: manifest.method,
      sourceDomain: manifest.sourceDomain,
      targetDomain: manifest.targetDomain,
    }),
    ...(ready && provider !== undefined ? { provider } : {}),
    ...(entry.ready?.batch && { batch: entry.ready.batch }),
    ...(entry.ready && { capabilities: capabilitiesOf(entry.ready) }),
  };
}

function capabilitiesOf(model: ReadyModel) {
  const { attributes, diffusion } = model.translator;
  const asked = { requests: abilitiesOf(model.translator), domains: domainsInto(model) };
  if (diffusion)
    return { outputs: mostOutputs, styles: 0, ...asked, sampling: samplingAbilitiesOf(diffusion) };
  if (attributes === undefined) return { outputs: 1, styles: 0, ...asked };
  return { outputs: mostOutputs, styles: mostStyles, attributeCodeSize: attributes.codeSize, ...asked };
}
