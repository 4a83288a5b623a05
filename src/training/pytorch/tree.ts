import type { Tensor } from '../../core/tensor.ts';
import type { Budget } from './budget.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { Global, Instance, type PickleValue } from './pickle/values.ts';
import { Storage, TensorRecord } from './tensor-record.ts';

/**
 * What a checkpoint holds, as plain data. Dicts (and records such as argparse.Namespace) are maps, with keys as they
 * were; lists, tuples and sets are arrays; dtypes and other names are their text. A value that the file mentions
 * twice is one object here too.
 */
export type CheckpointValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tensor
  | readonly CheckpointValue[]
  | ReadonlyMap<CheckpointValue, CheckpointValue>;

/** More levels of containers than any checkpoint has (a dict counts as two); keeps recursion, here and in whoever walks the tree, far from the engine's limit. */
const maximumHeight = 256;

/**
 * Most values met by someone who walks the whole tree. Thirty lists, each holding the last one twice, are a few
 * bytes in the file and 2^30 values to a walker.
 */
const maximumValues = 4_000_000;

interface Finished {
  readonly value: CheckpointValue;
  /** Values met when this one is walked, itself included. */
  readonly values: number;
  /** Containers above one another in it. */
  readonly height: number;
}

function leaf(value: CheckpointValue): Finished {
  return { value, values: 1, height: 0 };
}

/** Makes the tensors and plain containers of a pickle that has been read to its end. */
export class TreeBuilder {
  private readonly tensorBytes: Budget;
  private readonly finished = new Map<PickleValue, Finished>();
  private readonly open = new Set<PickleValue>();
  private readonly tensors = new Map<Storage, Map<string, Tensor>>();

  /** @param tensorBytes pays for every tensor before it is made */
  constructor(tensorBytes: Budget) {
    this.tensorBytes = tensorBytes;
  }

  /** @throws CheckpointError when the value contains itself, is too deep or, walked as a tree, too large */
  build(root: PickleValue): CheckpointValue {
    return this.visit(root, 0).value;
  }

  private visit(value: PickleValue, depth: number): Finished {
    if (typeof value !== 'object' || value === null) return leaf(value);
    const known = this.finished.get(value);
    if (known !== undefined) return known;
    if (this.open.has(value))
      throw new CheckpointError('the checkpoint is circular: a container holds itself');
    if (depth > maximumHeight) throw tooDeep();
    this.open.add(value);
    const result = this.convert(value, depth + 1);
    this.open.delete(value);
    this.finished.set(value, result);
    return result;
  }

  private convert(value: PickleValue & object, depth: number): Finished {
    if (Array.isArray(value)) return this.list(value, depth);
    if (value instanceof Set) return this.list([...value], depth);
    if (value instanceof Map) return this.map(value, depth);
    if (value instanceof Instance) return this.visit(value.plain(), depth);
    if (value instanceof Global) return leaf(value.name);
    if (value instanceof Uint8Array) return leaf(value);
    return leaf(this.tensor(value instanceof Storage ? whole(value) : value));
  }

  private list(items: readonly PickleValue[], depth: number): Finished {
    const children = items.map((item) => this.visit(item, depth));
    return container(
      children.map((child) => child.value),
      children,
    );
  }

  private map(entries: ReadonlyMap<PickleValue, PickleValue>, depth: number): Finished {
    const keys = this.list([...entries.keys()], depth);
    const values = this.list([...entries.values()], depth);
    const keyList = keys.value as readonly CheckpointValue[];
    const valueList = values.value as readonly CheckpointValue[];
    const map = new Map(keyList.map((key, index) => [key, valueList[index] as CheckpointValue]));
    return container(map, [keys, values]);
  }

  private tensor(record: TensorRecord): Tensor {
    const views = this.tensors.get(record.storage) ?? new Map<string, Tensor>();
    this.tensors.set(record.storage, views);
    const known = views.get(record.view);
    if (known !== undefined) return known;
    this.tensorBytes.spend(record.decodedBytes);
    const made = record.decode();
    views.set(record.view, made);
    return made;
  }
}

function whole(storage: Storage): TensorRecord {
  return new TensorRecord(storage, { offset: 0, dims: [storage.elements], strides: [1] });
}

/** Checked at every level, for a shared child is visited once but stands at many places and depths. */
function container(value: CheckpointValue, children: readonly Finished[]): Finished {
  const values = children.reduce((sum, child) => sum + child.values, 1);
  const height = children.reduce((highest, child) => Math.max(highest, child.height + 1), 1);
  if (values > maximumValues)
    throw new CheckpointError(`the checkpoint holds more than ${maximumValues} values`);
  if (height > maximumHeight) throw tooDeep();
  return { value, values, height };
}

function tooDeep(): CheckpointError {
  return new CheckpointError(`the checkpoint is nested deeper than ${maximumHeight} levels`);
}
