import path from 'node:path';
import { messageOf, UnpairedError } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import { RetryLaterError } from './errors.ts';
import type { Lanes } from './lanes.ts';
import { listModels, ModelPackageError, readPackage } from './model-folder.ts';
import { createTranslator } from './translators/index.ts';
import type { Translator } from './translators/translator.ts';

export type ModelState = 'loading' | 'ready' | 'failed';

/** One version of a model, as /models lists it. */
export interface ModelEntry {
  readonly name: string;
  readonly version: string;
  state: ModelState;
  /** Why it failed. */
  reason?: string;
  manifest?: Manifest;
  /** From reading the manifest to the end of the warm-up. */
  loadSeconds?: number;
  ready?: ReadyModel;
}

/** What a request needs of a model. */
export interface ReadyModel {
  readonly name: string;
  readonly version: string;
  /** What sizes it takes. */
  readonly image: Manifest['image'];
  readonly translator: Translator;
  /** Key under which the lanes know a network. */
  networkKey(network: string): string;
}

export class ModelUnknownError extends UnpairedError {
  constructor(name: string, known: readonly string[]) {
    super(
      `there is no model "${name}"; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`,
      {
        code: 'MODEL_UNKNOWN',
        status: 404,
      },
    );
  }
}

/** The model is being opened and warmed up. */
export class ModelLoadingError extends RetryLaterError {
  constructor(name: string) {
    super(`model "${name}" is still being loaded`, 'MODEL_LOADING', 503, 1);
  }
}

/** The model is there but cannot be served. */
export class ModelFailedError extends UnpairedError {
  constructor({ name, version, reason }: ModelEntry) {
    super(`model "${name}" ${version} cannot be served: ${reason}`, {
      code: 'MODEL_FAILED',
      status: 503,
      report: false,
    });
  }
}

export interface CatalogOptions {
  readonly root: string;
  readonly lanes: Pick<Lanes, 'load' | 'unload' | 'run' | 'lanes'>;
  /** Hears of each version that is ready or failed. */
  readonly onLoaded?: (entry: ModelEntry) => void;
}

/**
 * The models of a folder. The newest version of each name is opened on the lanes and warmed up; where it fails it is
 * listed with its reason and the next older one is tried, so that a bad upgrade does not end a service.
 */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #models = new Map<string, ModelEntry[]>();
  #loaded = false;

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  /** True when every model has become ready or failed. */
  get settled(): boolean {
    return this.#loaded;
  }

  /** Every version that was looked at, by name, newest first. */
  get entries(): readonly ModelEntry[] {
    return [...this.#models.values()].flat();
  }

  /** True for a name that the folder holds, whatever its state. */
  has(name: string): boolean {
    return this.#models.has(name);
  }

  /**
   * The entry that answers for a name: the one that is ready, else the newest.
   * @throws ModelUnknownError
   */
  describe(name: string): ModelEntry {
    const versions = this.#models.get(name);
    const entry = versions?.find(({ state }) => state === 'ready') ?? versions?.at(0);
    if (entry === undefined) throw new ModelUnknownError(name, [...this.#models.keys()]);
    return entry;
  }

  /** @throws ModelUnknownError, ModelLoadingError, ModelFailedError */
  find(name: string): ReadyModel {
    const entry = this.describe(name);
    if (entry.ready) return entry.ready;
    const loading = this.#models.get(name)?.some(({ state }) => state === 'loading');
    throw loading ? new ModelLoadingError(name) : new ModelFailedError(entry);
  }

  /**
   * Reads the folder, then opens its models one after the other. A model that fails does not make this fail.
   * @throws ModelsFolderError when the folder itself cannot be read
   */
  async load(): Promise<void> {
    const folders = await listModels(this.#options.root);
    for (const { name, versions } of folders) {
      this.#models.set(name, [{ name, version: versions[0] ?? 'none', state: 'loading' }]);
    }
    for (const { name, versions } of folders) await this.#loadNewest(name, versions);
    this.#loaded = true;
  }

  async #loadNewest(name: string, versions: readonly string[]): Promise<void> {
    const entries = this.#models.get(name) as ModelEntry[];
    for (const version of versions.length > 0 ? versions : ['none']) {
      const listed = entries.find((each) => each.version === version);
      const entry: ModelEntry = listed ?? { name, version, state: 'loading' };
      if (listed === undefined) entries.push(entry);
      await this.#loadVersion(entry, versions.length > 0);
      this.#options.onLoaded?.(entry);
      if (entry.state === 'ready') return;
    }
  }

  async #loadVersion(entry: ModelEntry, present: boolean): Promise<void> {
    const start = performance.now();
    try {
      if (!present)
        throw new ModelPackageError(`${entry.name} holds no version folder, for example ${entry.name}/1`);
      entry.manifest = await readPackage(this.#options.root, entry.name, entry.version);
      entry.ready = await this.#open(entry.manifest);
      entry.state = 'ready';
    } catch (thrown) {
      entry.state = 'failed';
      // Clients read the reason: it is the whole message, but without where on this machine the folder is.
      entry.reason = messageOf(thrown).replaceAll(path.resolve(this.#options.root) + path.sep, '');
    }
    entry.loadSeconds = (performance.now() - start) / 1000;
  }

  async #open(manifest: Manifest): Promise<ReadyModel> {
    const { name, version, networks } = manifest;
    const translator = createTranslator(manifest);
    const networkKey = (network: string) => `${name}/${version}/${network}`;
    const opened: string[] = [];
    try {
      for (const [network, { file, inputs, outputs }] of Object.entries(networks)) {
        const key = networkKey(network);
        const found = await this.#options.lanes.load(
          key,
          path.resolve(this.#options.root, name, version, file),
        );
        opened.push(key);
        requireNames(`${file}'s inputs`, found.inputNames, inputs);
        requireNames(`${file}'s outputs`, found.outputNames, outputs);
      }
      await this.#warmUp(translator, networkKey);
    } catch (thrown) {
      await Promise.allSettled(opened.map((key) => this.#options.lanes.unload(key)));
      throw thrown;
    }
    return { name, version, image: manifest.image, translator, networkKey };
  }

  /** As many runs at once as there are lanes, so that each lane gets one. */
  async #warmUp(translator: Translator, networkKey: (network: string) => string): Promise<void> {
    for (const { network, feeds } of translator.warmUp()) {
      await Promise.all(
        this.#options.lanes.lanes.map(() => this.#options.lanes.run(networkKey(network), feeds)),
      );
    }
  }
}

function requireNames(what: string, found: readonly string[], declared: readonly { name: string }[]): void {
  const missing = declared.filter(({ name }) => !found.includes(name));
  if (missing.length === 0) return;
  throw new ModelPackageError(
    `${what} are ${found.join(', ')}; the manifest says ${declared.map(({ name }) => name).join(', ')}`,
  );
}
