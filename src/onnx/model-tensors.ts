import { fromBinary } from '@bufbuild/protobuf';
import { messageOf } from '../core/errors.ts';
import { elementCount, float32, type Tensor } from '../core/tensor.ts';
import { ModelProtoSchema, type TensorProto } from './gen/onnx_pb.ts';
import { ModelFormatError } from './inspect.ts';
import { onnxDataTypes } from './operators/elementwise.ts';

/**
 * The float32 weights of a model that we have written, by their names: those that were named when the graph was built
 * keep their names through every pass.
 * @throws ModelFormatError when the bytes are not an ONNX model
 */
export function modelTensors(bytes: Uint8Array): ReadonlyMap<string, Tensor<'float32'>> {
  const tensors = new Map<string, Tensor<'float32'>>();
  for (const initializer of initializersOf(bytes)) {
    if (initializer.dataType === onnxDataTypes.float32) tensors.set(initializer.name, tensorOf(initializer));
  }
  return tensors;
}

function initializersOf(bytes: Uint8Array): readonly TensorProto[] {
  try {
    return fromBinary(ModelProtoSchema, bytes).graph?.initializer ?? [];
  } catch (cause) {
    throw new ModelFormatError(`not an ONNX model (${bytes.length} bytes): ${messageOf(cause)}`, { cause });
  }
}

/** Copied, because the bytes in the file lie anywhere and an array of floats must not. */
function tensorOf({ name, dims, rawData }: TensorProto): Tensor<'float32'> {
  const shape = dims.map(Number);
  const expected = elementCount(shape) * Float32Array.BYTES_PER_ELEMENT;
  if (rawData.length !== expected) {
    throw new ModelFormatError(
      `the tensor ${name} has ${rawData.length} bytes of raw data, expected ${expected}`,
    );
  }
  return float32(shape, new Float32Array(new Uint8Array(rawData).buffer));
}
