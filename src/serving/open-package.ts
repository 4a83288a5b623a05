import path from 'node:path';
import { type Manifest, picturingNetwork, servedNetworks } from '../core/manifest.ts';
import type { NamedTensors } from './batcher.ts';
import type { Lanes } from './lanes.ts';
import { ModelPackageError } from './model-folder.ts';
import { createTranslator } from './translators/index.ts';
import type { RunNetwork, Translator, WarmUpRun } from './translators/translator.ts';
import { type BatchChoice, type BatchPolicy, batchFor } from './tuning/batch-policy.ts';
import { measureAtWarmUp } from './tuning/measure.ts';

/** What a request needs of a model. */
export interface ReadyModel {
  readonly name: string;
  readonly version: string;
  /** What sizes it takes. */
  readonly image: Manifest['image'];
  readonly manifest: Manifest;
  readonly translator: Translator;
  /** Of a run of the network that makes the picture, by itself at the warm-up, for models that sample. */
  readonly stepMilliseconds?: number | undefined;
  /** Key under which the lanes know a network. */
  networkKey(network: string): string;
}

export interface OpeningOptions {
  /** Folder of models. */
  readonly root: string;
  readonly lanes: Pick<Lanes, 'load' | 'unload' | 'warmUp' | 'run'>;
  /** Decides how many pictures may share a run. Default: as many as the networks take. */
  readonly batching?: BatchPolicy | undefined;
  /** Steps of samplings that one run makes, where the model can. Default 1. */
  readonly stepsPerRun?: number | undefined;
  /** Tells the sessions of a version from those of the same version that are still draining; from 1 up. */
  readonly generation: number;
}

/** A version whose networks are open and warm on every lane, and the requests that hold it. */
export class OpenPackage implements ReadyModel {
  readonly name: string;
  readonly version: string;
  readonly image: Manifest['image'];
  readonly manifest: Manifest;
  readonly generation: number;
  #translator: Translator;
  #batch: BatchChoice | undefined;
  #stepMilliseconds: number | undefined;
  readonly #lanes: OpeningOptions['lanes'];
  readonly #opened: string[] = [];
  #holders = 0;
  #waiting: (() => void)[] = [];

  private constructor(manifest: Manifest, { lanes, generation, stepsPerRun }: OpeningOptions) {
    this.name = manifest.name;
    this.version = manifest.version;
    this.image = manifest.image;
    this.manifest = manifest;
    this.#translator = createTranslator(manifest, { stepsPerRun });
    this.generation = generation;
    this.#lanes = lanes;
  }

  /**
   * Opens every network that requests need on every lane and runs it once on each.
   * @throws the reason why it cannot be served; then no lane has it open
   */
  static async open(manifest: Manifest, options: OpeningOptions): Promise<OpenPackage> {
    const opening = new OpenPackage(manifest, options);
    try {
      const folder = path.resolve(options.root, manifest.name, manifest.version);
      await opening.#openNetworks(folder, options.stepsPerRun);
      const runs = await opening.translator.warmUp(opening.#runOnAnyLane);
      for (const { network, feeds } of runs) await options.lanes.warmUp(opening.networkKey(network), feeds);
      await opening.#limitBatches(options, runs);
      await opening.#measureStep(runs);
      return opening;
    } catch (thrown) {
      await opening.#close();
      throw thrown;
    }
  }

  get translator(): Translator {
    return this.#translator;
  }

  /** How many pictures may share a run, and why; undefined: as many as the networks take. */
  get batch(): BatchChoice | undefined {
    return this.#batch;
  }

  get stepMilliseconds(): number | undefined {
    return this.#stepMilliseconds;
  }

  /** Requests that hold it. */
  get holders(): number {
    return this.#holders;
  }

  networkKey(network: string): string {
    const key = `${this.name}/${this.version}/${network}`;
    return this.generation === 1 ? key : `${key}~${this.generation}`;
  }

  /** Keeps it open until the work is done. */
  async hold<T>(work: (model: ReadyModel) => Promise<T>): Promise<T> {
    this.#holders++;
    try {
      return await work(this);
    } finally {
      this.#holders--;
      if (this.#holders === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Waits for the requests that hold it, then closes it on every lane. */
  async drain(): Promise<void> {
    if (this.#holders > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await this.#close();
  }

  readonly #runOnAnyLane: RunNetwork = async (network, feeds) =>
    (await this.#lanes.run(this.networkKey(network), { ...feeds })).outputs;

  /** What pays for the network that makes the pictures is taken for the others, which run less. */
  async #limitBatches({ batching, lanes }: OpeningOptions, runs: readonly WarmUpRun[]): Promise<void> {
    if (batching === undefined) return;
    const own = this.#translator;
    const main = runs.find(({ network }) => network === picturingNetwork(this.manifest));
    const chosen = await batching(this.manifest, async () =>
      main === undefined || own.maxBatch(main.network) === 1
        ? 1
        : measureAtWarmUp(lanes, this.networkKey(main.network), main.feeds),
    );
    this.#batch = chosen;
    const ownPixels = this.image.width * this.image.height;
    const limit = (network: string, feeds: NamedTensors | undefined) => {
      const ownRun = runs.find((each) => each.network === network);
      const scale = feeds && ownRun ? itemSize(feeds) / itemSize(ownRun.feeds) : 1;
      return batchFor(chosen, ownPixels * scale);
    };
    this.#translator = limitBatches(own, limit);
  }

  /** So that the first request can be told how many steps it has time for. */
  async #measureStep(runs: readonly WarmUpRun[]): Promise<void> {
    if (this.#translator.diffusion === undefined) return;
    const step = runs.find(({ network }) => network === picturingNetwork(this.manifest));
    if (step === undefined) return;
    const run = await this.#lanes.run(this.networkKey(step.network), { ...step.feeds });
    this.#stepMilliseconds = run.laneMilliseconds;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#opened.map((key) => this.#lanes.unload(key)));
  }

  async #openNetworks(folder: string, stepsPerRun: number | undefined): Promise<void> {
    const served = servedNetworks(this.manifest, stepsPerRun);
    for (const [network, { file, sha256, inputs, outputs }] of served) {
      const key = this.networkKey(network);
      const found = await this.#lanes.load(key, path.join(folder, file), sha256);
      this.#opened.push(key);
      requireNames(`${file}'s inputs`, found.inputNames, inputs);
      requireNames(`${file}'s outputs`, found.outputNames, outputs);
    }
  }
}

/** Steps of sequences are not limited by what pays for pictures. */
function limitBatches(own: Translator, limit: Translator['maxBatch']): Translator {
  const prior = own.codes?.prior?.network;
  const into =
    own.into && [...own.into].map(([domain, each]) => [domain, limitBatches(each, limit)] as const);
  return {
    ...own,
    maxBatch: (network, feeds) =>
      Math.min(
        own.maxBatch(network, feeds),
        network === prior ? Number.POSITIVE_INFINITY : limit(network, feeds),
      ),
    ...(into && { into: new Map(into) }),
  };
}

/** Values of one item: in every network they grow with the pixels of the picture, whatever form it has there. */
function itemSize(feeds: NamedTensors): number {
  return Object.values(feeds).reduce((sum, { dims, data }) => sum + data.length / (dims[0] ?? 1), 0);
}

function requireNames(what: string, found: readonly string[], declared: readonly { name: string }[]): void {
  const missing = declared.filter(({ name }) => !found.includes(name));
  if (missing.length === 0) return;
  throw new ModelPackageError(
    `${what} are ${found.join(', ')}; the manifest says ${declared.map(({ name }) => name).join(', ')}`,
  );
}
