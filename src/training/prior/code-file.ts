import { readFile } from 'node:fs/promises';
import { messageOf, UnpairedError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { PriorConfig } from '../config/prior.ts';
import type { Domain } from '../methods/domains.ts';
import { readSafetensors, type StateDict, writeSafetensors } from '../pytorch/index.ts';
import { isSystemError, writeDurably } from '../run/durable-write.ts';
import type { CodeDataset } from './code-dataset.ts';
import type { HeldOutCodes } from './held-out-codes.ts';

/** What a run of the second stage computed before its first step cannot be read. */
export class CodeFileError extends UnpairedError {
  constructor(path: string, fault: string, options: { cause?: unknown } = {}) {
    super(`${path} cannot be used: ${fault}; without it, it is computed anew`, {
      code: 'CODE_FILE_UNUSABLE',
      status: 422,
      ...options,
    });
  }
}

/** The first stage's weights, and the codes that it gave: with them a run needs nothing but its own folder. */
export interface CodeFile {
  readonly weights: StateDict;
  readonly codes: CodeDataset;
  /** Absent in files of versions that held nothing out. */
  readonly heldOut?: HeldOutCodes;
}

const prefixes = {
  codes: 'codes/',
  weights: 'autoencoder/',
  heldOut: 'held-out/',
  heldOutStyles: 'held-out-styles/',
} as const;

export async function writeCodeFile(path: string, config: PriorConfig, file: CodeFile): Promise<void> {
  const { codes, weights, heldOut } = file;
  const named = (prefix: string, parts: Iterable<readonly [string, Tensor]>) =>
    [...parts].map(([key, value]) => [`${prefix}${key}`, value] as const);
  const held = Object.entries(heldOut ?? {});
  const tensors = new Map<string, Tensor>([
    ...named(prefixes.codes, Object.entries(codes)),
    ...named(
      prefixes.heldOut,
      held.map(([domain, maps]) => [domain, maps.codes]),
    ),
    ...named(
      prefixes.heldOutStyles,
      held.map(([domain, maps]) => [domain, maps.styles]),
    ),
    ...named(prefixes.weights, weights),
  ]);
  await writeDurably(path, [writeSafetensors(tensors, new Map([['origin', originOf(config)]]))]);
}

/**
 * @returns undefined where there is no file yet
 * @throws CodeFileError when it is damaged, or was made with other settings
 */
export async function readCodeFile(path: string, config: PriorConfig): Promise<CodeFile | undefined> {
  const bytes = await readFile(path).catch((thrown: unknown) => {
    if (isSystemError(thrown, 'ENOENT')) return undefined;
    throw new CodeFileError(path, messageOf(thrown), { cause: thrown });
  });
  if (bytes === undefined) return undefined;
  const { tensors, metadata } = parsed(path, bytes);
  if (metadata.get('origin') !== originOf(config)) throw new CodeFileError(path, 'its settings are others');
  const starting = (prefix: string) =>
    [...tensors].flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    );
  const { A, B } = Object.fromEntries(starting(prefixes.codes)) as Record<string, Tensor<'int64'>>;
  if (A === undefined || B === undefined) throw new CodeFileError(path, 'it holds no codes of A and B');
  const heldOut = heldOutOf(tensors);
  return { weights: new Map(starting(prefixes.weights)), codes: { A, B }, ...(heldOut && { heldOut }) };
}

function heldOutOf(tensors: ReadonlyMap<string, Tensor>): HeldOutCodes | undefined {
  const of = (domain: Domain) => {
    const codes = tensors.get(`${prefixes.heldOut}${domain}`) as Tensor<'int64'> | undefined;
    const styles = tensors.get(`${prefixes.heldOutStyles}${domain}`) as Tensor<'float32'> | undefined;
    return codes && styles && { codes, styles };
  };
  const { A, B } = { A: of('A'), B: of('B') };
  return A && B && { A, B };
}

function parsed(path: string, bytes: Uint8Array) {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    throw new CodeFileError(path, messageOf(cause), { cause });
  }
}

/** Whatever decides the codes. */
function originOf({ data, seed, loadSize, cropSize, flip, cuts, firstStage }: PriorConfig): string {
  return JSON.stringify({ data, seed, loadSize, cropSize, flip, cuts, firstStage: firstStage.sha256 });
}
