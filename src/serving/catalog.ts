import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../core/errors.ts';
import {
  ModelFailedError,
  ModelLoadingError,
  ModelLoadRefusedError,
  ModelUnknownError,
  ModelUnloadedError,
  VersionUnknownError,
} from './catalog-errors.ts';
import { Generations } from './generations.ts';
import type { Lanes } from './lanes.ts';
import type { ModelChange, ModelEntry } from './model-entry.ts';
import { listModels, type ModelFolder, ModelPackageError, readPackage } from './model-folder.ts';
import { ModelList } from './model-list.ts';
import { OpenPackage, type ReadyModel } from './open-package.ts';
import { Sequence } from './sequence.ts';
import type { BatchPolicy } from './tuning/batch-policy.ts';

export interface CatalogOptions {
  readonly root: string;
  readonly lanes: Pick<Lanes, 'load' | 'unload' | 'warmUp' | 'run'>;
  /** Decides how many pictures may share a run. Default: as many as the networks take. */
  readonly batching?: BatchPolicy;
  /** Steps of samplings that one run makes, where a model can. Default 1. */
  readonly stepsPerRun?: number;
  /** Which versions are opened unasked. Default: the latest. */
  readonly versions?: 'latest' | 'all';
  /** Hears of each version that is ready, failed or unloaded. */
  readonly onChange?: (entry: ModelEntry, change: ModelChange['change']) => void;
}

/** Stands in the list for a model without a version folder. */
const noVersion = 'none';

/**
 * The models of a folder and their versions. The newest version that is ready answers for a name. At the start, where
 * the newest fails it is listed with its reason and the next older one is tried, so that a bad upgrade does not end a
 * service. Later changes happen on request: a version takes over when it is warm, and the one before it is closed when
 * its last request is done. Changes to one model happen one after the other.
 */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #list = new ModelList();
  readonly #changes = new Map<string, number>();
  readonly #sequence = new Sequence();
  readonly #generations = new Generations();
  #settled = false;

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  /** True when every model of the start has become ready or failed. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Every version that was looked at, by name, newest first. */
  get entries(): readonly ModelEntry[] {
    return this.#list.entries;
  }

  /** What became of versions since the service started. */
  get changes(): readonly ModelChange[] {
    return [...this.#changes].map(([key, count]) => {
      const [change, model] = key.split(' ', 2) as [ModelChange['change'], string];
      return { model, change, count };
    });
  }

  /** True for a name that the folder holds, whatever its state. */
  has(name: string): boolean {
    return this.#list.has(name);
  }

  /**
   * The entry that answers for a name, or for one version of it: the newest that is ready, else the newest.
   * @throws ModelUnknownError, VersionUnknownError
   */
  describe(name: string, version?: string): ModelEntry {
    return this.#list.describe(name, version);
  }

  /**
   * Versions of a name that were looked at, newest first; at least one.
   * @throws ModelUnknownError
   */
  versionsOf(name: string): readonly ModelEntry[] {
    return this.#list.versionsOf(name);
  }

  /**
   * What serves a name now. A request that runs it goes through {@link use}, so that it is not closed meanwhile.
   * @throws ModelUnknownError, VersionUnknownError, ModelLoadingError, ModelFailedError, ModelUnloadedError
   */
  find(name: string, version?: string): ReadyModel {
    return this.#open(name, version);
  }

  /**
   * Finds a model and keeps it open until the work is done.
   * @throws what {@link find} throws, and what the work throws
   */
  use<T>(name: string, version: string | undefined, work: (model: ReadyModel) => Promise<T>): Promise<T> {
    return this.#open(name, version).hold(work);
  }

  #open(name: string, version?: string): OpenPackage {
    const entry = this.describe(name, version);
    if (entry.ready) return entry.ready;
    const awaited = version === undefined ? this.versionsOf(name) : [entry];
    if (awaited.some(({ state }) => state === 'loading')) throw new ModelLoadingError(name);
    throw entry.state === 'failed' ? new ModelFailedError(entry) : new ModelUnloadedError(entry);
  }

  /**
   * Reads the folder, then opens its models one after the other. A model that fails does not make this fail.
   * @throws ModelsFolderError when the folder itself cannot be read
   */
  async load(): Promise<void> {
    const folders = await listModels(this.#options.root);
    for (const { name, versions } of folders) this.#list.entry(name, versions[0] ?? noVersion);
    for (const folder of folders)
      await this.#sequence.run(folder.name, async () => void (await this.#loadFolder(folder)));
    this.#settled = true;
  }

  /**
   * Looks at the folder of a model anew and opens its newest version, or the one that is asked for and then kept. What
   * serves goes on until the new version is warm; a version that did not change stays as it is.
   * @throws ModelUnknownError, VersionUnknownError; ModelLoadRefusedError when it fails, then nothing else has changed
   */
  reload(name: string, version?: string): Promise<void> {
    return this.#sequence.run(name, async () => {
      const folders = await listModels(this.#options.root);
      const folder = folders.find((each) => each.name === name);
      if (folder === undefined)
        throw new ModelUnknownError(
          name,
          folders.map((each) => each.name),
        );
      this.#list.forgetMissing(folder);
      const entry =
        version === undefined ? await this.#loadFolder(folder) : await this.#loadAsked(folder, version);
      if (entry.reason === undefined) return;
      const serving = this.versionsOf(name).find(({ ready }) => ready);
      throw new ModelLoadRefusedError(entry, serving?.version);
    });
  }

  /**
   * Takes a model, or one version of it, out of service. Resolves when the requests that hold it are done and the lanes
   * have closed it.
   * @throws ModelUnknownError, VersionUnknownError
   */
  unload(name: string, version?: string): Promise<void> {
    return this.#sequence.run(name, async () => {
      const entries = version === undefined ? this.versionsOf(name) : [this.describe(name, version)];
      for (const entry of entries) entry.kept = false;
      await Promise.all(entries.map((entry) => this.#retire(entry)));
    });
  }

  /** @returns the newest version, whatever became of it */
  async #loadFolder(folder: ModelFolder): Promise<ModelEntry> {
    const { name, versions } = folder;
    const candidates = versions.length > 0 ? versions : [noVersion];
    const newest = this.#list.entry(name, candidates[0] as string);
    for (const version of candidates) {
      const entry = this.#list.entry(name, version);
      await this.#loadVersion(entry, versions.length > 0);
      const enough = this.#options.versions !== 'all' && this.versionsOf(name).some(({ ready }) => ready);
      if (enough) break;
    }
    if (newest.reason === undefined) this.#retireOthers(folder);
    return newest;
  }

  async #loadAsked({ name, versions }: ModelFolder, version: string): Promise<ModelEntry> {
    if (!versions.includes(version)) throw new VersionUnknownError(name, version, versions);
    const entry = this.#list.entry(name, version);
    await this.#loadVersion(entry, true);
    if (entry.ready) entry.kept = true;
    return entry;
  }

  /** Versions that the newest has replaced, and those whose folder has gone. */
  #retireOthers({ name, versions }: ModelFolder): void {
    const all = this.#options.versions === 'all';
    for (const entry of this.versionsOf(name)) {
      const wanted = versions.includes(entry.version) && (all || entry.kept || entry.version === versions[0]);
      if (!wanted) void this.#retire(entry);
    }
  }

  async #loadVersion(entry: ModelEntry, present: boolean): Promise<void> {
    const start = performance.now();
    try {
      if (!present)
        throw new ModelPackageError(`${entry.name} holds no version folder, for example ${entry.name}/1`);
      if (!entry.ready) entry.state = 'loading';
      const manifest = await readPackage(this.#options.root, entry.name, entry.version);
      entry.reason = undefined;
      if (isDeepStrictEqual(entry.ready?.manifest, manifest)) return;
      await this.#takeOver(entry, manifest);
    } catch (thrown) {
      if (!entry.ready) entry.state = 'failed';
      // Clients read the reason: it is the whole message, but without where on this machine the folder is.
      entry.reason = messageOf(thrown).replaceAll(path.resolve(this.#options.root) + path.sep, '');
    }
    entry.loadSeconds = (performance.now() - start) / 1000;
    this.#announce(entry, entry.reason === undefined ? 'loaded' : 'failed');
  }

  /** Opens what the manifest says beside what the version had open, then puts it in its place. */
  async #takeOver(entry: ModelEntry, manifest: OpenPackage['manifest']): Promise<void> {
    const { root, lanes, batching, stepsPerRun } = this.#options;
    const label = labelOf(entry);
    const generation = this.#generations.take(label);
    const opened = await OpenPackage.open(manifest, { root, lanes, batching, stepsPerRun, generation }).catch(
      (thrown: unknown) => {
        this.#generations.free(label, generation);
        throw thrown;
      },
    );
    const before = entry.ready;
    Object.assign(entry, { ready: opened, manifest, state: 'ready' });
    if (before) void this.#close(entry, before);
  }

  /** New requests no longer get the version; when those that hold it are done it is closed. */
  async #retire(entry: ModelEntry): Promise<void> {
    const before = entry.ready;
    if (before === undefined) return;
    Object.assign(entry, { ready: undefined, state: 'draining' });
    const start = performance.now();
    const last = await this.#close(entry, before);
    entry.drainSeconds = (performance.now() - start) / 1000;
    // It may have been opened again meanwhile.
    if (last && entry.state === 'draining') entry.state = 'unloaded';
    this.#announce(entry, 'unloaded');
  }

  /** @returns true when the lanes have nothing of the version left */
  async #close(entry: ModelEntry, open: OpenPackage): Promise<boolean> {
    await open.drain();
    return this.#generations.free(labelOf(entry), open.generation);
  }

  #announce(entry: ModelEntry, change: ModelChange['change']): void {
    const key = `${change} ${entry.name}`;
    this.#changes.set(key, (this.#changes.get(key) ?? 0) + 1);
    this.#options.onChange?.(entry, change);
  }
}

function labelOf({ name, version }: ModelEntry): string {
  return `${name}/${version}`;
}
