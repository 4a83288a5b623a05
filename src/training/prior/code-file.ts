import { readFile } from 'node:fs/promises';
import { messageOf, UnpairedError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { PriorConfig } from '../config/prior.ts';
import { readSafetensors, type StateDict, writeSafetensors } from '../pytorch/index.ts';
import { isSystemError, writeDurably } from '../run/durable-write.ts';
import type { CodeDataset } from './code-dataset.ts';

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
}

const codePrefix = 'codes/';
const weightPrefix = 'autoencoder/';

export async function writeCodeFile(path: string, config: PriorConfig, file: CodeFile): Promise<void> {
  const codes = Object.entries(file.codes).map(([domain, maps]) => [`${codePrefix}${domain}`, maps] as const);
  const weights = [...file.weights].map(([key, weight]) => [`${weightPrefix}${key}`, weight] as const);
  const tensors = new Map<string, Tensor>([...codes, ...weights]);
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
  const { A, B } = Object.fromEntries(starting(codePrefix)) as Record<string, Tensor<'int64'>>;
  if (A === undefined || B === undefined) throw new CodeFileError(path, 'it holds no codes of A and B');
  return { weights: new Map(starting(weightPrefix)), codes: { A, B } };
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
