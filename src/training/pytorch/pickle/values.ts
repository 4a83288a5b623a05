import { CheckpointError } from '../checkpoint-error.ts';
import type { Storage, TensorRecord } from '../tensor-record.ts';

/** What stands on the pickle machine's stack. Tuples are frozen arrays, lists are not. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | Global
  | Instance
  | Storage
  | TensorRecord;

/**
 * A name that the file may ask for. `call` is our own code that stands in for the Python callable;
 * a name without it can be mentioned (a default factory, a dtype) but not called.
 */
export class Global {
  readonly name: string;
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** An object that is made empty and filled by a later BUILD. */
export abstract class Instance {
  abstract build(state: PickleValue): void;
  /** What the finished object is as plain data. @throws CheckpointError when BUILD never came */
  abstract plain(): PickleValue;
}

export function tuple(items: PickleValue[]): PickleValue[] {
  Object.freeze(items);
  return items;
}

/** What a value is, in Python's words, for messages. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (Array.isArray(value)) return Object.isFrozen(value) ? 'a tuple' : 'a list';
  if (value instanceof Map) return 'a dict';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Global) return value.name;
  return typeof value === 'object' ? `a ${value.constructor.name}` : `a ${typeof value}`;
}

function expected(what: string, value: PickleValue | undefined): CheckpointError {
  return new CheckpointError(`the pickle is damaged: ${what} expected, got ${kindOf(value)}`);
}

export function asArray(value: PickleValue | undefined, what: string): readonly PickleValue[] {
  if (!Array.isArray(value)) throw expected(what, value);
  return value;
}

export function asNumber(value: PickleValue | undefined, what: string): number {
  if (typeof value !== 'number') throw expected(what, value);
  return value;
}

export function asNumbers(value: PickleValue | undefined, what: string): number[] {
  return asArray(value, what).map((item) => asNumber(item, what));
}

export function asText(value: PickleValue | undefined, what: string): string {
  if (typeof value !== 'string') throw expected(what, value);
  return value;
}

/** Bytes; text of a Python 2 pickle is bytes too, one a character. */
export function asBytes(value: PickleValue | undefined, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return latin1Bytes(value);
  throw expected(what, value);
}

export function asMap(value: PickleValue | undefined, what: string): Map<PickleValue, PickleValue> {
  if (!(value instanceof Map)) throw expected(what, value);
  return value;
}

/** One byte a character; characters beyond U+00FF are an error, as in Python. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0xff)
      throw new CheckpointError(`the pickle is damaged: character ${code} where a byte was expected`);
    bytes[index] = code;
  }
  return bytes;
}
