import { stridesOf } from '../../../core/tensor.ts';
import { CheckpointError, quoted } from '../checkpoint-error.ts';
import { type ElementType, type ElementTypeName, elementType } from '../element-type.ts';
import { Storage, TensorRecord } from '../tensor-record.ts';
import { asArray, asBytes, asNumbers, asText, Global, Instance, kindOf, type PickleValue } from './values.ts';

/** NumPy's names: numbers and arrays that found their way into a checkpoint (step counts, random states). */

const codes: Readonly<Record<string, ElementTypeName>> = {
  f8: 'float64',
  f4: 'float32',
  f2: 'float16',
  i8: 'int64',
  i4: 'int32',
  i2: 'int16',
  i1: 'int8',
  u4: 'uint32',
  u2: 'uint16',
  u1: 'uint8',
  b1: 'bool',
};

/** numpy.dtype: made from a code such as "f8", then told its byte order by BUILD. */
class NumpyDtype extends Instance {
  readonly type: ElementType;

  constructor(code: string) {
    super();
    const name = Object.hasOwn(codes, code) ? codes[code] : undefined;
    if (name === undefined) throw new CheckpointError(`NumPy data of type ${quoted(code)} cannot be read`);
    this.type = elementType(name);
  }

  /** (version, byte order, ...): '<' little-endian, '|' irrelevant, '>' big-endian */
  build(state: PickleValue): void {
    const order = asText(asArray(state, 'the state of numpy.dtype')[1], 'a byte order');
    if (order !== '<' && order !== '|')
      throw new CheckpointError(`NumPy data of byte order ${quoted(order)}: only "<" is read`);
  }

  plain(): PickleValue {
    return this.type.name;
  }
}

/** numpy.ndarray: made empty by _reconstruct, filled by BUILD. */
class NumpyArray extends Instance {
  private record: TensorRecord | undefined;

  /** (version, shape, dtype, is column-major, bytes) */
  build(state: PickleValue): void {
    const [, shape, dtype, columnMajor, data] = asArray(state, 'the state of numpy.ndarray');
    this.record = arrayRecord(data, asDtype(dtype), shape, columnMajor === true);
  }

  plain(): PickleValue {
    if (this.record === undefined)
      throw new CheckpointError('the pickle is damaged: a numpy.ndarray without data');
    return this.record;
  }
}

function arrayRecord(
  data: PickleValue | undefined,
  { type }: NumpyDtype,
  shape: PickleValue | undefined,
  columnMajor: boolean,
) {
  const bytes = asBytes(data, 'the data of numpy.ndarray');
  const dims = asNumbers(shape, 'the shape of numpy.ndarray');
  const storage = new Storage('numpy.ndarray', type, Math.floor(bytes.length / type.bytes), () => bytes);
  return new TensorRecord(storage, { offset: 0, dims, strides: denseStrides(dims, columnMajor) });
}

function denseStrides(dims: readonly number[], columnMajor: boolean): number[] {
  return columnMajor ? stridesOf([...dims].reverse()).reverse() : stridesOf(dims);
}

function asDtype(value: PickleValue | undefined): NumpyDtype {
  if (value instanceof NumpyDtype) return value;
  throw new CheckpointError(`the pickle is damaged: a numpy.dtype expected, got ${kindOf(value)}`);
}

function scalar([dtype, data]: readonly PickleValue[]): PickleValue {
  const { type } = asDtype(dtype);
  const bytes = asBytes(data, 'the data of a NumPy number');
  if (bytes.length !== type.bytes) {
    throw new CheckpointError(`a NumPy ${type.name} takes ${type.bytes} bytes, the file has ${bytes.length}`);
  }
  const value = type.element(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  if (type.name === 'bool') return value === 1;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** (bytes, dtype, shape, 'C' or 'F'): how protocol 5 writes an array. */
function fromBuffer([data, dtype, shape, order]: readonly PickleValue[]): TensorRecord {
  return arrayRecord(data, asDtype(dtype), shape, order === 'F');
}

export const numpyGlobals: readonly Global[] = [
  new Global('numpy.dtype', ([code]) => new NumpyDtype(asText(code, 'the code of numpy.dtype'))),
  new Global('numpy.ndarray'),
  new Global('numpy.core.multiarray.scalar', scalar),
  new Global('numpy.core.multiarray._reconstruct', () => new NumpyArray()),
  new Global('numpy.core.numeric._frombuffer', fromBuffer),
];
