import {
  allocate,
  bytesPerElement,
  elementCount,
  stridesOf,
  type Tensor,
  type TensorData,
  tensor,
} from '../../core/tensor.ts';
import { CheckpointError, quoted } from './checkpoint-error.ts';
import type { ElementType } from './element-type.ts';

/** More dimensions than any network has; PyTorch's own limit. */
const maximumRank = 64;

/** A run of elements in the file. Tensors look into it; several may share one. */
export class Storage {
  readonly key: string;
  readonly elementType: ElementType;
  /** Elements it says to have. */
  readonly elements: number;
  private readonly fetch: () => Uint8Array;

  /** @param fetch finds the raw bytes; called once a tensor is really made */
  constructor(key: string, elementType: ElementType, elements: number, fetch: () => Uint8Array) {
    this.key = key;
    this.elementType = elementType;
    this.elements = elements;
    this.fetch = fetch;
  }

  /** @throws CheckpointError when the file holds another number of bytes than the storage says to have */
  bytes(): Uint8Array {
    const bytes = this.fetch();
    const expected = this.elements * this.elementType.bytes;
    if (bytes.length !== expected) {
      throw new CheckpointError(
        `storage ${quoted(this.key)} should hold ${this.elements} ${this.elementType.name} (${expected} bytes), the file has ${bytes.length} bytes`,
      );
    }
    return bytes;
  }
}

interface Layout {
  /** First element, counted in elements from the start of the storage. */
  readonly offset: number;
  readonly dims: readonly number[];
  /** In elements, one a dimension; 0 repeats. */
  readonly strides: readonly number[];
}

/** A tensor that has been described but not yet made: where its elements lie in a storage. */
export class TensorRecord {
  readonly storage: Storage;
  readonly elementType: ElementType;
  readonly layout: Layout;

  /** @throws CheckpointError when the layout reaches outside the storage */
  constructor(storage: Storage, layout: Layout, elementType = storage.elementType) {
    this.storage = storage;
    this.elementType = elementType;
    this.layout = layout;
    checkLayout(storage, elementType, layout);
  }

  /** Bytes it takes once decoded. */
  get decodedBytes(): number {
    return elementCount(this.layout.dims) * bytesPerElement(this.elementType.dtype);
  }

  /** Two records of one storage with one view hold the same elements: tied weights are made once. */
  get view(): string {
    const { offset, dims, strides } = this.layout;
    return [this.elementType.name, offset, dims.join('x'), strides.join('x')].join('|');
  }

  /** A dense row-major copy of the elements. */
  decode(): Tensor {
    const { dtype, sameBytes } = this.elementType;
    const data = allocate(dtype, elementCount(this.layout.dims));
    if (!this.isDense()) this.gather(data);
    else if (sameBytes) this.copyBlock(data);
    else this.convertBlock(data);
    return tensor(dtype, this.layout.dims, data);
  }

  private isDense(): boolean {
    const { dims, strides } = this.layout;
    const dense = stridesOf(dims);
    return dims.every((dim, axis) => dim === 1 || strides[axis] === dense[axis]);
  }

  private copyBlock(target: TensorData): void {
    const start = this.layout.offset * this.elementType.bytes;
    new Uint8Array(target.buffer).set(this.storage.bytes().subarray(start, start + target.byteLength));
  }

  private convertBlock(target: Writable): void {
    const { element, bytes } = this.elementType;
    const view = viewOf(this.storage.bytes());
    const start = this.layout.offset * bytes;
    for (let index = 0; index < target.length; index++) target[index] = element(view, start + index * bytes);
  }

  private gather(target: Writable): void {
    const { element, bytes } = this.elementType;
    const view = viewOf(this.storage.bytes());
    let index = 0;
    for (const position of positions(this.layout, target.length))
      target[index++] = element(view, position * bytes);
  }
}

type Writable = { readonly length: number; [index: number]: number | bigint };

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Positions in the storage of all elements in row-major order. */
function* positions({ dims, strides, offset }: Layout, count: number): Generator<number> {
  const index = new Array<number>(dims.length).fill(0);
  let position = offset;
  for (let done = 0; done < count; done++) {
    yield position;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      const next = (index[axis] as number) + 1;
      index[axis] = next < (dims[axis] as number) ? next : 0;
      position += index[axis] === 0 ? -stride * (next - 1) : stride;
      if (index[axis] !== 0) break;
    }
  }
}

function checkLayout(storage: Storage, elementType: ElementType, { offset, dims, strides }: Layout): void {
  const refuse = (why: string): never => {
    throw new CheckpointError(
      `a tensor of shape [${dims.slice(0, 8).join(', ')}], strides [${strides.slice(0, 8).join(', ')}], offset ${offset} in storage ${quoted(storage.key)}: ${why}`,
    );
  };
  if (dims.length > maximumRank) refuse(`${dims.length} dimensions, at most ${maximumRank} are possible`);
  if (dims.length !== strides.length) refuse('a stride is needed for every dimension');
  if (![offset, ...dims, ...strides].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    refuse('offset, sizes and strides must be integers from 0 to 2^53');
  }
  const count = elementCount(dims);
  if (!Number.isSafeInteger(count)) refuse('too many elements');
  const available = Math.floor((storage.elements * storage.elementType.bytes) / elementType.bytes);
  const last = dims.reduce((sum, dim, axis) => sum + (dim - 1) * (strides[axis] as number), offset);
  if (count > 0 && last >= available) {
    refuse(`its last element would be number ${last}, the storage has ${available} ${elementType.name}`);
  }
}
