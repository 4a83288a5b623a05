import { create, toBinary } from '@bufbuild/protobuf';
import { UnpairedError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkGraph } from './check.ts';
import type { Dim } from './dimension.ts';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.ts';
import type { AttributeValue, Graph, Node, ValueType } from './ir.ts';
import type { AttributeKind } from './operators/definition.ts';
import { onnxDataTypes } from './operators/elementwise.ts';
import { definitionOf } from './operators/index.ts';
import { lowerStopGradient } from './passes/lower-stop-gradient.ts';

/** The version of ONNX's default operator set that every operator here is written for. */
const operatorSetVersion = 20;
/** The oldest file format that has operator set 20, for the widest choice of readers. */
const irVersion = 9n;
/** A protobuf message must be smaller than 2 GiB. */
const largestModel = 2 ** 31 - 1;

const attributeTypes: Readonly<Record<AttributeKind, AttributeProto_AttributeType>> = {
  int: AttributeProto_AttributeType.INT,
  float: AttributeProto_AttributeType.FLOAT,
  string: AttributeProto_AttributeType.STRING,
  ints: AttributeProto_AttributeType.INTS,
  floats: AttributeProto_AttributeType.FLOATS,
  tensor: AttributeProto_AttributeType.TENSOR,
  graph: AttributeProto_AttributeType.GRAPH,
};

type NamedType = ValueType & { readonly name: string };

/** A graph whose constants do not fit in one ONNX file. */
export class ModelTooLargeError extends UnpairedError {
  constructor(graph: Graph, bytes: number) {
    super(`graph ${graph.name} takes ${bytes} bytes, an ONNX file holds at most ${largestModel}`, {
      code: 'MODEL_TOO_LARGE',
      status: 500,
    });
  }
}

/**
 * The content of an .onnx file. Names of inputs and outputs are the values' own; symbolic sizes are written as
 * their texts; StopGradient is left out.
 * @throws GraphError when the graph is not legal
 * @throws ModelTooLargeError from 2 GiB
 */
export function serialize(graph: Graph): Uint8Array {
  checkGraph(graph);
  refuseLarge(graph, constantBytes(graph));
  const lowered = lowerStopGradient(graph);
  if (lowered.modified) checkGraph(lowered.graph);
  const bytes = toBinary(ModelProtoSchema, modelMessage(lowered.graph));
  refuseLarge(graph, bytes.length);
  return bytes;
}

function refuseLarge(graph: Graph, bytes: number): void {
  if (bytes > largestModel) throw new ModelTooLargeError(graph, bytes);
}

function constantBytes(graph: Graph): number {
  const own = graph.constants.reduce((sum, { constant }) => sum + (constant as Tensor).data.byteLength, 0);
  return graph.nodes.reduce((sum, { attributes }) => {
    const body = attributes.body as Graph | undefined;
    return body === undefined ? sum : sum + constantBytes(body);
  }, own);
}

function modelMessage(graph: Graph) {
  return create(ModelProtoSchema, {
    irVersion,
    producerName: 'unpaired',
    opsetImport: [{ version: BigInt(operatorSetVersion) }],
    graph: graphMessage(graph, [], graph.outputs),
  });
}

function graphMessage(
  graph: Graph,
  renamings: readonly NodeProto[],
  outputs: readonly NamedType[],
): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name,
    node: [...graph.nodes.map(nodeMessage), ...renamings],
    initializer: graph.constants.map(({ name, constant }) => tensorMessage(constant as Tensor, name)),
    input: graph.inputs.map(valueMessage),
    output: outputs.map(valueMessage),
  });
}

/**
 * Every output of a body becomes the output of one of its own nodes: ONNX Runtime refuses values of the outer
 * graph there, and no name may be listed twice.
 */
function bodyMessage(body: Graph): GraphProto {
  const free = new Set(body.nodes.flatMap((node) => node.outputs));
  const renamings: NodeProto[] = [];
  const outputs = body.outputs.map((output, index) => {
    if (free.delete(output)) return output;
    const name = `${body.name}/output_${index}`;
    renamings.push(
      create(NodeProtoSchema, { opType: 'Identity', name, input: [output.name], output: [name] }),
    );
    return { ...output, name };
  });
  return graphMessage(body, renamings, outputs);
}

function nodeMessage(node: Node): NodeProto {
  const { attributes: kinds } = definitionOf(node.operator);
  const present = node.inputs.findLastIndex((input) => input !== undefined) + 1;
  return create(NodeProtoSchema, {
    opType: node.operator,
    name: node.name,
    input: node.inputs.slice(0, present).map((input) => input?.name ?? ''),
    output: node.outputs.map((output) => output.name),
    attribute: Object.entries(node.attributes).map(([name, value]) =>
      attributeMessage(name, kinds[name] as AttributeKind, value),
    ),
  });
}

function attributeMessage(name: string, kind: AttributeKind, value: AttributeValue): AttributeProto {
  const message = create(AttributeProtoSchema, { name, type: attributeTypes[kind] });
  if (kind === 'int') message.i = BigInt(value as number);
  if (kind === 'float') message.f = value as number;
  if (kind === 'string') message.s = new TextEncoder().encode(value as string);
  if (kind === 'ints') message.ints = (value as readonly number[]).map(BigInt);
  if (kind === 'floats') message.floats = [...(value as readonly number[])];
  if (kind === 'tensor') message.t = tensorMessage(value as Tensor, '');
  if (kind === 'graph') message.g = bodyMessage(value as Graph);
  return message;
}

/** Elements are not copied: raw_data is little-endian, as is every processor that ONNX Runtime runs on. */
function tensorMessage({ dtype, dims, data }: Tensor, name: string): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: onnxDataTypes[dtype],
    dims: dims.map(BigInt),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

function valueMessage({ name, dtype, shape }: NamedType): ValueInfoProto {
  const tensorType = { elemType: onnxDataTypes[dtype], shape: { dim: shape.map(dimensionMessage) } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensorType } } });
}

function dimensionMessage(dim: Dim) {
  return typeof dim === 'number'
    ? { value: { case: 'dimValue' as const, value: BigInt(dim) } }
    : { value: { case: 'dimParam' as const, value: dim.text } };
}
