import type { Tensor } from '../../core/tensor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import type { Scope } from '../../nn/scope.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { byteShape, fromBytes, toBytes } from './picture-bytes.ts';

/** A picture translator with its weights, to be written as one file. */
export interface PictureNetwork {
  readonly name: string;
  readonly weights: ReadonlyMap<string, Tensor>;
  /** [N, C, H, W] in [-1, 1] to the same, C as below: one (grey), two (red and green) or three. */
  forward(scope: Scope, pictures: Value): Value;
  /** C of what it takes. Default: 3. */
  readonly inputChannels?: number;
  /** Height and width are multiples of this. */
  readonly sizeMultiple: number;
}

/**
 * The network with pictures as bytes at both ends, so that nothing slow is left to JavaScript: uint8 [N, H, W, 3] in
 * and out, N, H and W chosen by each run.
 */
export function inferenceGraph(network: PictureNetwork): Graph {
  return pictureGraph(network, toBytes);
}

/** The same, but the translation is the network's own: float32 [N, C, H, W], which tells whether it is finite. */
export function floatOutputGraph(network: PictureNetwork): Graph {
  return pictureGraph(network, (_, planes) => planes);
}

function pictureGraph(network: PictureNetwork, finish: (g: GraphBuilder, planes: Value) => Value): Graph {
  const shape = byteShape(network.sizeMultiple);
  const graph = networkGraph(
    network.name,
    network.weights,
    { picture: { dtype: 'uint8', shape } },
    (scope, picture) => {
      const pictures = fromBytes(scope.graph, picture, network.inputChannels);
      return scope.graph.named('translation', finish(scope.graph, network.forward(scope, pictures)));
    },
  );
  return optimize(graph);
}
