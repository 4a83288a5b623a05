import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { bytesPerElement, type DType, elementCount, type Tensor, tensor } from '../core/tensor.ts';
import { readCheckpoint, type StateDict, stateDict } from '../training/pytorch/index.ts';
import { Arguments } from './arguments.ts';
import { MalformedCaseError } from './case-folder.ts';
import type { CaseDeclaration, OutputDeclaration, TensorFile } from './case-schema.ts';

/** A case with its numbers read. */
export interface OracleCase {
  readonly declaration: CaseDeclaration;
  readonly arguments: Arguments;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly expected: readonly ExpectedOutput[];
  /**
   * The state dict of a network. Where several files hold it (zip, legacy, with DataParallel's prefix), all are read.
   * @param part its place in files that hold several, for example `enc_c` in a checkpoint of DRIT
   * @throws WeightsError when there is none, or the files differ
   */
  weights(network: string, part?: string): StateDict;
}

export type ExpectedOutput = OutputDeclaration & { readonly tensor: Tensor };

const elementTypes = {
  float32: (bytes: ArrayBuffer) => new Float32Array(bytes),
  float64: (bytes: ArrayBuffer) => new Float64Array(bytes),
  int64: (bytes: ArrayBuffer) => new BigInt64Array(bytes),
} satisfies Partial<Record<DType, unknown>>;

/** @throws MalformedCaseError when a file of the case is missing or of another size than declared */
export function loadCase(folder: string, declaration: CaseDeclaration): OracleCase {
  const read = (name: string): Buffer => {
    try {
      return readFileSync(join(folder, name));
    } catch (cause) {
      throw new MalformedCaseError(`cannot read ${join(folder, name)}: ${messageOf(cause)}`, { cause });
    }
  };
  const files = declaration.weights.map((entry) => ({ ...entry, bytes: read(entry.file) }));
  return {
    declaration,
    arguments: new Arguments(declaration.constructor_args),
    inputs: new Map(declaration.inputs.map((entry) => [entry.name, tensorOf(entry, read(entry.file))])),
    expected: declaration.outputs.map((entry) => ({ ...entry, tensor: tensorOf(entry, read(entry.file)) })),
    weights: (network, part) => onlyStateDict(network, part, files),
  };
}

/** The input of that name. @throws MalformedCaseError when the case has none */
export function inputOf({ declaration, inputs }: OracleCase, name: string): Tensor {
  const found = inputs.get(name);
  if (found !== undefined) return found;
  throw new MalformedCaseError(
    `${declaration.name} has no input "${name}"; it has ${[...inputs.keys()].join(', ') || 'none'}`,
  );
}

function tensorOf({ file, shape, dtype }: TensorFile, bytes: Buffer): Tensor {
  if (!Object.hasOwn(elementTypes, dtype)) {
    throw new MalformedCaseError(
      `${file} has the element type ${dtype}, expected one of ${Object.keys(elementTypes).join(', ')}`,
    );
  }
  const type = dtype as keyof typeof elementTypes;
  const expected = elementCount(shape) * bytesPerElement(type);
  if (bytes.length !== expected) {
    throw new MalformedCaseError(
      `${file} has ${bytes.length} bytes, ${dtype}[${shape.join(', ')}] has ${expected}`,
    );
  }
  const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  return tensor<DType>(type, shape, elementTypes[type](own));
}

interface WeightsFile {
  readonly file: string;
  readonly net: string;
  readonly bytes: Uint8Array;
}

/** Weights that cannot be given to the network that the case declares. */
export class WeightsError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'CASE_WEIGHTS', status: 422 });
  }
}

function onlyStateDict(network: string, part: string | undefined, files: readonly WeightsFile[]): StateDict {
  const read = files
    .filter(({ net }) => net === network)
    .map(({ file, bytes }) => ({ file, entries: stateDict(readCheckpoint(bytes), part) }));
  const [first, ...others] = read;
  if (first === undefined) throw new WeightsError(`the case has no weights for the network ${network}`);
  for (const other of others) {
    const difference = firstDifference(first.entries, other.entries);
    if (difference !== undefined) {
      throw new WeightsError(`${first.file} and ${other.file} hold different ${difference}`);
    }
  }
  return first.entries;
}

function firstDifference(a: StateDict, b: StateDict): string | undefined {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return [...keys].find((key) => !equal(a.get(key), b.get(key)));
}

function equal(a: Tensor | undefined, b: Tensor | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const bytes = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return a.dtype === b.dtype && a.dims.join() === b.dims.join() && bytes(a).equals(bytes(b));
}
