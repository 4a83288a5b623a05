import type { Manifest, TensorInterface } from '../../core/manifest.ts';
import { bytesPerElement, elementCount, type Tensor } from '../../core/tensor.ts';
import { fromBytes, fromJson, protocolNames } from './datatypes.ts';
import { InferenceInvalidError } from './errors.ts';
import type { RequestInput } from './schemas.ts';

/** Values that a tensor may have in JSON, in either direction; beyond that it goes as bytes. */
export const mostJsonValues = 1024 * 1024;

/** What a request must keep to, of the model it is for and of the service. */
export interface InputRules {
  readonly interfaces: readonly TensorInterface[];
  readonly image: Manifest['image'];
  /** Most pictures of a request. */
  readonly mostItems: number;
}

/**
 * Checks names, types, shapes and sizes of the inputs against the model, before anything is allocated for them.
 * @returns how many pictures they hold
 * @throws InferenceInvalidError
 */
export function checkInputs(
  inputs: readonly RequestInput[],
  { interfaces, image, mostItems }: InputRules,
): number {
  requireNames(inputs, interfaces);
  for (const input of inputs) checkInput(input, interfaceOf(input, interfaces), image);
  const [first] = inputs;
  const items = first?.shape[0] ?? 0;
  const other = inputs.find(({ shape }) => shape[0] !== items);
  if (other) throw invalid(other, `holds ${other.shape[0]} pictures, "${first?.name}" ${items}`);
  if (items >= 1 && items <= mostItems) return items;
  throw new InferenceInvalidError(`a request may hold 1 to ${mostItems} pictures, got ${items}`);
}

/**
 * Tensors of inputs that were checked, from JSON or, in their order, from the bytes after it.
 * @throws InferenceInvalidError
 */
export function readInputs(
  inputs: readonly RequestInput[],
  bytes: Uint8Array,
  interfaces: readonly TensorInterface[],
): Record<string, Tensor> {
  let offset = 0;
  const tensors: Record<string, Tensor> = {};
  for (const input of inputs) {
    const { dtype } = interfaceOf(input, interfaces);
    const size = input.parameters?.binary_data_size;
    const end = offset + (size ?? 0);
    if (end > bytes.length) {
      throw invalid(input, `has binary_data_size ${size}, but ${bytes.length - offset} bytes are left`);
    }
    const data =
      size === undefined
        ? fromJson(input.name, dtype, elementCount(input.shape), input.data)
        : fromBytes(dtype, bytes.subarray(offset, end));
    tensors[input.name] = { dtype, dims: input.shape, data } as Tensor;
    offset = end;
  }
  if (offset === bytes.length) return tensors;
  throw new InferenceInvalidError(`${bytes.length - offset} bytes after the JSON belong to no input`);
}

function requireNames(inputs: readonly RequestInput[], interfaces: readonly TensorInterface[]): void {
  const given = inputs.map(({ name }) => name);
  const expected = interfaces.map(({ name }) => name);
  const complete = new Set(given).size === given.length && expected.every((name) => given.includes(name));
  if (complete && given.length === expected.length) return;
  throw new InferenceInvalidError(
    `the inputs are ${expected.join(', ')}, each once; got ${given.join(', ')}`,
  );
}

function interfaceOf({ name }: RequestInput, interfaces: readonly TensorInterface[]): TensorInterface {
  return interfaces.find((each) => each.name === name) as TensorInterface;
}

function checkInput(input: RequestInput, face: TensorInterface, image: Manifest['image']): void {
  const expected = protocolNames[face.dtype];
  if (input.datatype !== expected) throw invalid(input, `is ${expected}, got ${input.datatype}`);
  const shared = Object.keys(input.parameters ?? {}).find((name) => name.startsWith('shared_memory'));
  if (shared) throw invalid(input, `has ${shared}: shared memory is not supported`);
  checkShape(input, face, image);
  checkSize(input, face);
}

function checkShape(input: RequestInput, face: TensorInterface, image: Manifest['image']): void {
  const expected = declaredShape(face, image);
  const fits = expected.every((dimension, axis) => dimension === -1 || dimension === input.shape[axis]);
  if (input.shape.length !== expected.length || !fits) {
    throw invalid(input, `has shape [${expected.join(', ')}], -1 for any, got [${input.shape.join(', ')}]`);
  }
  if (face.layout === undefined) return;
  const [height, width] = pictureSize(face, input.shape);
  const { multipleOf, maximumPixels } = image;
  const even = height > 0 && width > 0 && height % multipleOf === 0 && width % multipleOf === 0;
  if (!even)
    throw invalid(input, `is ${width}x${height}; width and height must be multiples of ${multipleOf}`);
  if (width * height > maximumPixels && image.flexible)
    throw invalid(input, `is ${width}x${height}; the model takes at most ${maximumPixels} pixels`);
}

/** Shape as the metadata gives it: the number of pictures is free, and their size where the model leaves it free. */
export function declaredShape({ layout, shape }: TensorInterface, image: Manifest['image']): number[] {
  const fixed = layout === 'NCHW' ? [-1, 3, image.height, image.width] : [-1, image.height, image.width, 3];
  return shape.map((dimension, axis) => {
    if (axis === 0) return -1;
    if (typeof dimension === 'number') return dimension;
    return layout === undefined || image.flexible ? -1 : (fixed[axis] as number);
  });
}

function pictureSize({ layout }: TensorInterface, shape: readonly number[]): [height: number, width: number] {
  const [, second = 0, third = 0, fourth = 0] = shape;
  return layout === 'NCHW' ? [third, fourth] : [second, third];
}

function checkSize(input: RequestInput, { dtype }: TensorInterface): void {
  const values = elementCount(input.shape);
  const size = input.parameters?.binary_data_size;
  const expected = values * bytesPerElement(dtype);
  if (size !== undefined && input.data !== undefined)
    throw invalid(input, 'has data and binary_data_size; one of them');
  if (size !== undefined && size !== expected)
    throw invalid(input, `takes ${expected} bytes by its shape, binary_data_size is ${size}`);
  if (size === undefined && values > mostJsonValues) {
    throw invalid(
      input,
      `has ${values} values; in JSON at most ${mostJsonValues} are read, send it as binary data`,
    );
  }
}

function invalid({ name }: RequestInput, message: string): InferenceInvalidError {
  return new InferenceInvalidError(`input "${name}" ${message}`);
}
