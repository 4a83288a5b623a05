import type { Tensor } from '../../core/tensor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import type { Scope } from '../../nn/scope.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { scaleDim, symbol } from '../../onnx/dimension.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';

/** A picture translator with its weights, to be written as one file. */
export interface PictureNetwork {
  readonly name: string;
  readonly weights: ReadonlyMap<string, Tensor>;
  /** [N, 3, H, W] in [-1, 1] to the same. */
  forward(scope: Scope, pictures: Value): Value;
  /** Height and width are multiples of this. */
  readonly sizeMultiple: number;
}

/**
 * The network with pictures as bytes at both ends, so that nothing slow is left to JavaScript: uint8 [N, H, W, 3] in
 * and out, N, H and W chosen by each run.
 */
export function inferenceGraph(network: PictureNetwork): Graph {
  const side = (name: string) => scaleDim(symbol(name), network.sizeMultiple);
  const shape = [symbol('N'), side('h'), side('w'), 3];
  const graph = networkGraph(
    network.name,
    network.weights,
    { picture: { dtype: 'uint8', shape } },
    (scope, picture) =>
      scope.graph.named(
        'translation',
        toBytes(scope.graph, network.forward(scope, fromBytes(scope.graph, picture))),
      ),
  );
  return optimize(graph);
}

/** Bytes to the range that networks are trained on, as ToTensor and Normalize compute it: (v / 255 - 0.5) / 0.5. */
function fromBytes(g: GraphBuilder, picture: Value): Value {
  const planes = g.Transpose(g.Cast(picture, 'float32'), [0, 3, 1, 2]);
  return g.Div(g.Sub(g.Div(planes, 255), 0.5), 0.5);
}

/** Back to bytes as the published `tensor2im`: clamped, (v + 1) / 2 * 255, truncated. */
function toBytes(g: GraphBuilder, planes: Value): Value {
  const scaled = g.Mul(g.Div(g.Add(g.Clip(planes, -1, 1), 1), 2), 255);
  return g.Cast(g.Transpose(scaled, [0, 2, 3, 1]), 'uint8');
}
