import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { InvalidArgumentError, messageOf, UnpairedError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { WarmStartSource } from './config/index.ts';
import type { Method } from './methods/method.ts';
import { readCheckpoint, readSafetensors, type StateDict, stateDicts } from './pytorch/index.ts';
import { latestCheckpoint, runFolder } from './run/index.ts';
import { parameterName } from './step/state.ts';
import { misfits, trainedEntries } from './warm-start-fit.ts';

/** Weights that a run is to begin with cannot be taken from the file. */
export class WarmStartError extends UnpairedError {
  constructor(file: string, fault: string, options: { cause?: unknown } = {}) {
    super(`weights cannot be taken from ${file}: ${fault}`, {
      code: 'WARM_START_UNFIT',
      status: 422,
      ...options,
    });
  }
}

/** What a file offers: state dicts by name, and whether the names are those of a method's networks. */
interface Offer {
  readonly file: string;
  readonly dicts: ReadonlyMap<string, StateDict>;
  /** It is a checkpoint of a run of ours. */
  readonly ofRun: boolean;
}

/**
 * What `[NETWORK=]PATH[#NAME]` means: a file with its checksum. A run's folder stands for its newest checkpoint.
 * @throws InvalidArgumentError, WarmStartError
 */
export async function warmStartSource(text: string): Promise<WarmStartSource> {
  const parts = /^(?:(?<network>[A-Za-z]\w*)=)?(?<path>[^#]+)(?:#(?<name>.+))?$/.exec(text)?.groups;
  if (parts?.path === undefined) {
    throw new InvalidArgumentError(`weights are named as [NETWORK=]PATH[#NAME], got "${text}"`);
  }
  const file = await fileAt(resolve(parts.path));
  const bytes = await contentOf(file);
  const { network, name } = parts;
  return {
    ...(network === undefined ? {} : { network }),
    file,
    ...(name === undefined ? {} : { name }),
    sha256: checksum(bytes),
  };
}

/**
 * The weights that networks of a method begin with, by network; those that no source names are not in it.
 * @throws WarmStartError when a file has changed, cannot be read, or does not fit
 */
export async function warmWeights(
  method: Method,
  sources: readonly WarmStartSource[],
): Promise<ReadonlyMap<string, StateDict>> {
  const weights = new Map<string, StateDict>();
  for (const source of sources) {
    for (const [network, dict] of assigned(method, source, await offerOf(source))) {
      if (weights.has(network)) throw new WarmStartError(source.file, `${network} has its weights already`);
      weights.set(network, dict);
    }
  }
  return weights;
}

async function fileAt(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new WarmStartError(path, messageOf(cause), { cause });
  });
  if (!found.isDirectory()) return path;
  const latest = await latestCheckpoint(runFolder(path).checkpoints);
  if (latest === undefined) throw new WarmStartError(path, 'the folder holds no checkpoint of a run');
  return latest.path;
}

async function contentOf(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new WarmStartError(file, messageOf(cause), { cause });
  });
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function offerOf({ file, sha256 }: WarmStartSource): Promise<Offer> {
  const bytes = await contentOf(file);
  const found = checksum(bytes);
  if (found !== sha256) {
    throw new WarmStartError(file, `it has SHA-256 ${found}, the run was begun with ${sha256}`);
  }
  if (!file.endsWith('.safetensors')) {
    return { file, dicts: stateDicts(readCheckpoint(bytes)), ofRun: false };
  }
  const { tensors, metadata } = readSafetensors(bytes);
  const ofRun = metadata.has('step') && metadata.has('meta');
  return { file, dicts: ofRun ? networksOf(tensors) : new Map([['', tensors]]), ofRun };
}

/** A run's checkpoint taken apart: `generator.model.1.weight` and so on; moments and averages stay behind. */
function networksOf(tensors: StateDict): Map<string, StateDict> {
  const networks = new Map<string, Map<string, Tensor>>();
  for (const [name, tensor] of tensors) {
    const network = /^(\w+)\.(?!.*\/)/.exec(name)?.[1];
    if (network === undefined) continue;
    const dict = networks.get(network) ?? new Map();
    networks.set(network, dict.set(name.slice(parameterName(network, '').length), tensor));
  }
  return networks;
}

/** Which networks a source starts, and with what. */
function assigned(method: Method, source: WarmStartSource, offer: Offer): [string, StateDict][] {
  if (source.network !== undefined) return [[source.network, dictFor(method, source.network, source, offer)]];
  if (!offer.ofRun) return [onlyFit(method, source, offer)];
  const shared = Object.keys(method.networks).filter((network) => offer.dicts.has(network));
  if (shared.length > 0 && source.name === undefined) {
    return shared.map((network) => [network, dictFor(method, network, source, offer)]);
  }
  throw new WarmStartError(
    offer.file,
    `say which network of ${method.name} begins with which of the checkpoint, as NETWORK=PATH#NAME; ${both(method, offer)}`,
  );
}

/** @throws WarmStartError when the network is not of the method, or the weights do not fit */
function dictFor(method: Method, network: string, source: WarmStartSource, offer: Offer): StateDict {
  const needed = method.networks[network]?.state;
  if (needed === undefined) {
    throw new WarmStartError(offer.file, `${method.name} has no network ${network}; ${both(method, offer)}`);
  }
  const name = source.name ?? (offer.ofRun ? network : undefined);
  const dict = chosenDict(offer, name);
  const faults = misfits(needed, dict);
  if (faults !== undefined) throw new WarmStartError(offer.file, `they do not fit ${network}: ${faults}`);
  return trainedEntries(needed, dict);
}

function chosenDict(offer: Offer, name: string | undefined): StateDict {
  const dict =
    name === undefined && offer.dicts.size === 1 ? [...offer.dicts.values()][0] : offer.dicts.get(name ?? '');
  if (dict !== undefined) return dict;
  const asked =
    name === undefined ? 'say which of its networks is meant, as PATH#NAME' : `it has no network ${name}`;
  throw new WarmStartError(offer.file, `${asked}; it has ${listed(offer.dicts.keys())}`);
}

/** A published file says nothing of its network: it is the one that it fits. */
function onlyFit(method: Method, source: WarmStartSource, offer: Offer): [string, StateDict] {
  const dict = chosenDict(offer, source.name);
  const networks = Object.entries(method.networks);
  const fitting = networks.filter(([, { state }]) => misfits(state, dict) === undefined);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return [only[0], trainedEntries(only[1].state, dict)];
  if (fitting.length > 1) {
    const names = listed(fitting.map(([name]) => name));
    throw new WarmStartError(offer.file, `they fit ${names}: say which, as NETWORK=${basename(offer.file)}`);
  }
  const faults = networks.map(([name, { state }]) => `${name}: ${misfits(state, dict)}`).join('; ');
  throw new WarmStartError(offer.file, `they fit no network of ${method.name}. ${faults}`);
}

function both(method: Method, offer: Offer): string {
  return `${method.name} has ${listed(Object.keys(method.networks))}, the file has ${listed(offer.dicts.keys())}`;
}

function listed(names: Iterable<string>): string {
  return [...names].map((name) => name || '(unnamed)').join(', ') || 'none';
}
