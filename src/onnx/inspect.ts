import { fromBinary } from '@bufbuild/protobuf';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { externalTensors } from './external-data.ts';
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataType,
  type TypeProto_Tensor,
  type ValueInfoProto,
} from './gen/onnx_pb.ts';
import { onnxDataTypes } from './operators/elementwise.ts';

/** One input or output of a model file. */
export interface ModelValue {
  readonly name: string;
  /** Our name of the data type; of types that we do not have, ONNX's own in lower case; `unknown` if not said. */
  readonly dtype: string;
  /** Sizes, names of symbolic sizes, `?` for sizes that the file says nothing of; undefined: not even the rank. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface ModelDescription {
  readonly irVersion: number;
  /** Version of each operator domain; ONNX's default domain is ''. */
  readonly operatorSets: Readonly<Record<string, number>>;
  /** What a caller feeds: inputs that are not initializers. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Names of weights that are not in the file but in others beside it. */
  readonly externalTensors: readonly string[];
}

/** Bytes that are no ONNX model. */
export class ModelFormatError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'MODEL_FORMAT', status: 422, ...options });
  }
}

/**
 * What any ONNX file, also one that we did not write, takes and gives.
 * @throws ModelFormatError when the bytes are not an ONNX model
 */
export function inspectModel(bytes: Uint8Array): ModelDescription {
  const model = parse(bytes);
  const { graph } = model;
  if (graph === undefined || graph.output.length === 0) {
    throw new ModelFormatError(`not an ONNX model: ${bytes.length} bytes without a graph that has outputs`);
  }
  return {
    irVersion: Number(model.irVersion),
    operatorSets: Object.fromEntries(
      model.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
    ),
    inputs: fedInputs(graph).map(describe),
    outputs: graph.output.map(describe),
    externalTensors: externalTensors(graph),
  };
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new ModelFormatError(`not an ONNX model (${bytes.length} bytes): ${messageOf(cause)}`, { cause });
  }
}

/** Files of IR version 3 and older list their initializers among the inputs. */
function fedInputs(graph: GraphProto): readonly ValueInfoProto[] {
  const initializers = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !initializers.has(name));
}

function describe({ name, type }: ValueInfoProto): ModelValue {
  if (type?.value.case !== 'tensorType') return { name, dtype: 'unknown', shape: undefined };
  return { name, dtype: dtypeName(type.value.value.elemType), shape: shapeOf(type.value.value) };
}

function dtypeName(code: number): string {
  const ours = Object.entries(onnxDataTypes).find(([, known]) => known === code);
  const theirs = Object.entries(TensorProto_DataType).find(([, known]) => known === code);
  return ours?.[0] ?? theirs?.[0].toLowerCase() ?? 'unknown';
}

function shapeOf({ shape }: TypeProto_Tensor): (number | string)[] | undefined {
  return shape?.dim.map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.value || '?';
  });
}
