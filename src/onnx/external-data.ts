import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { TensorProto_DataLocation } from './gen/onnx_pb.ts';

/** Names of the tensors of a graph, bodies of its nodes included, whose values are in other files. */
export function externalTensors(graph: GraphProto): string[] {
  return tensorsOf(graph)
    .filter(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL)
    .map(({ name }) => name);
}

function tensorsOf(graph: GraphProto): TensorProto[] {
  const sparse = graph.sparseInitializer.flatMap(({ values, indices }) => [values, indices]);
  const own = [...graph.initializer, ...sparse.filter((tensor) => tensor !== undefined)];
  return [...own, ...graph.node.flatMap(tensorsOfNode)];
}

function tensorsOfNode({ attribute }: NodeProto): TensorProto[] {
  return attribute.flatMap(tensorsOfAttribute);
}

function tensorsOfAttribute({ t, tensors, g, graphs }: AttributeProto): TensorProto[] {
  const bodies = [...(g === undefined ? [] : [g]), ...graphs];
  return [...(t === undefined ? [] : [t]), ...tensors, ...bodies.flatMap(tensorsOf)];
}
