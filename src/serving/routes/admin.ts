import type { Catalog } from '../catalog.ts';
import type { AppInstance } from '../context.ts';
import { StoppingError } from '../errors.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { ModelEntry } from '../model-entry.ts';
import { adminBody, adminModels, adminParams } from '../schemas.ts';

/** `GET /admin/models`, `POST /admin/models/{model}/load` and `/unload`: what is served, changed while it is served. */
export function adminRoutes(
  app: AppInstance,
  { catalog, lifecycle }: { catalog: Catalog; lifecycle: Lifecycle },
): void {
  const list = (entries: readonly ModelEntry[]) => ({
    models: entries.map((entry) => describe(entry, catalog)),
  });
  app.get('/admin/models', { schema: { response: { 200: adminModels } } }, async () => list(catalog.entries));

  const schema = { params: adminParams, body: adminBody, response: { 200: adminModels } };
  app.post('/admin/models/:model/load', { schema }, async ({ params, body }) => {
    // What is opened now would be closed before it served anybody.
    if (lifecycle.phase !== 'serving') throw new StoppingError(1);
    await catalog.reload(params.model, body?.version);
    return list(catalog.versionsOf(params.model));
  });
  app.post('/admin/models/:model/unload', { schema }, async ({ params, body }) => {
    await catalog.unload(params.model, body?.version);
    return list(catalog.versionsOf(params.model));
  });
}

function describe(entry: ModelEntry, catalog: Catalog) {
  const { name, version, state, reason, loadSeconds, drainSeconds, kept, ready } = entry;
  return {
    name,
    version,
    state,
    serving: ready !== undefined && catalog.describe(name) === entry,
    kept,
    requests: ready?.holders ?? 0,
    ...(reason === undefined ? {} : { reason }),
    ...(loadSeconds === undefined ? {} : { loadSeconds }),
    ...(drainSeconds === undefined ? {} : { drainSeconds }),
  };
}
