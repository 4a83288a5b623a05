import { CheckpointError } from '../checkpoint-error.ts';
import { type ElementType, type ElementTypeName, elementType, elementTypes } from '../element-type.ts';
import { Storage, TensorRecord } from '../tensor-record.ts';
import { asArray, asNumber, asNumbers, asText, Global, kindOf, type PickleValue } from './values.ts';

/** PyTorch's names: storage classes, dtypes, and the functions that put a tensor together. */

const storageElements: Readonly<Record<string, ElementTypeName>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  UntypedStorage: 'uint8',
};

/** Element types by the name of the storage class that the file gives: torch.FloatStorage, torch.cuda.HalfStorage. */
const storageTypes = new Map<string, ElementType>(
  Object.entries(storageElements).flatMap(([className, element]) =>
    ['torch', 'torch.storage', 'torch.cuda'].map((module): [string, ElementType] => [
      `${module}.${className}`,
      elementType(element),
    ]),
  ),
);

const dtypes = new Map<string, ElementType>(elementTypes.map((type) => [`torch.${type.name}`, type]));

/** The element type that a storage class holds. */
export function storageElementType(storageClass: PickleValue | undefined): ElementType {
  const type = storageClass instanceof Global ? storageTypes.get(storageClass.name) : undefined;
  if (type === undefined) {
    throw new CheckpointError(`the pickle is damaged: a storage class expected, got ${kindOf(storageClass)}`);
  }
  return type;
}

function asStorage(value: PickleValue | undefined): Storage {
  if (value instanceof Storage) return value;
  throw new CheckpointError(`the pickle is damaged: a storage expected for a tensor, got ${kindOf(value)}`);
}

function asTensor(value: PickleValue | undefined): TensorRecord {
  if (value instanceof TensorRecord) return value;
  throw new CheckpointError(`the pickle is damaged: a tensor expected for a parameter, got ${kindOf(value)}`);
}

/** (storage, offset, size, stride, ...): what follows (requires_grad, hooks, metadata) does not change the values. */
function rebuildTensor(args: readonly PickleValue[], type?: ElementType): TensorRecord {
  const [storage, offset, dims, strides] = args;
  const layout = {
    offset: asNumber(offset, 'the offset of a tensor'),
    dims: asNumbers(dims, 'the size of a tensor'),
    strides: asNumbers(strides, 'the strides of a tensor'),
  };
  return new TensorRecord(asStorage(storage), layout, type);
}

/** (storage, offset, size, stride, requires_grad, hooks, dtype): for element types that have no storage class. */
function rebuildTensorV3(args: readonly PickleValue[]): TensorRecord {
  const dtype = args[6];
  const type = dtype instanceof Global ? dtypes.get(dtype.name) : undefined;
  if (type === undefined) throw new CheckpointError(`tensors of ${kindOf(dtype)} cannot be read`);
  return rebuildTensor(args, type);
}

function device([type, index]: readonly PickleValue[]): string {
  const name = asText(type, 'the name of a device');
  return index === undefined || index === null
    ? name
    : `${name}:${asNumber(index, 'the number of a device')}`;
}

export const torchGlobals: readonly Global[] = [
  ...[...storageTypes.keys(), ...dtypes.keys()].map((name) => new Global(name)),
  new Global('torch._utils._rebuild_tensor', (args) => rebuildTensor(args)),
  new Global('torch._utils._rebuild_tensor_v2', (args) => rebuildTensor(args)),
  new Global('torch._utils._rebuild_tensor_v3', rebuildTensorV3),
  new Global('torch._utils._rebuild_parameter', ([data]) => asTensor(data)),
  new Global('torch._utils._rebuild_parameter_with_state', ([data]) => asTensor(data)),
  new Global('torch.Size', ([sizes]) => [...asArray(sizes, 'the sizes of torch.Size')]),
  new Global('torch.device', device),
  new Global('torch.serialization._get_layout', ([name]) => asText(name, 'the name of a layout')),
];
