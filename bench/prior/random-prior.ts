import { coordinateTokens } from '../../src/core/code-map/coordinates.ts';
import { Random } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { initializeNetwork } from '../../src/nn/initialize.ts';
import { networkGraph } from '../../src/nn/network-graph.ts';
import {
  type CodeTransformer,
  codeTransformer,
} from '../../src/nn/networks/code-transformer/code-transformer.ts';
import { codeStepGraph } from '../../src/nn/networks/code-transformer/step-graph.ts';
import { describeNetwork } from '../../src/nn/sources.ts';
import type { Graph, Value } from '../../src/onnx/ir.ts';
import { optimize } from '../../src/onnx/passes/index.ts';

export interface PriorSize {
  readonly layers: number;
  readonly width: number;
}

/** Side of the published window, in codes. */
export const side = 16;
const vocabulary = 512;
/** Features of a head, as published. */
const headSize = 32;
export const coordinates = coordinateTokens({ height: side, width: side }, 16, vocabulary);

/** A prior with drawn weights, so wide that the codes differ in likelihood: what it costs does not hang on them. */
export interface RandomPrior {
  readonly transformer: CodeTransformer;
  /** A window at once: `tokens` [1, 511] -> logits of the codes [1, 256, vocabulary]. */
  readonly windowGraph: Graph;
  /** Token by token, behind a condition that maps share: see `codeStepGraph`. */
  readonly stepGraph: Graph;
  /** The same, each map with a condition of its own: what lanes run. */
  readonly laneGraph: Graph;
}

export function randomPrior({ layers, width }: PriorSize): RandomPrior {
  const positions = 2 * side * side;
  const transformer = codeTransformer({ vocabulary, positions, layers, width, heads: width / headSize });
  const length = positions - 1;
  const state = describeNetwork((scope) =>
    transformer.forward(scope, scope.graph.input('tokens', 'int64', [1, length])),
  );
  const weights: ReadonlyMap<string, Tensor> = initializeNetwork(
    state,
    { type: 'xavier', gain: 1 },
    Random.of(1, 'prior'),
  );
  const inputs = { tokens: { dtype: 'int64', shape: [1, length] } } as const;
  const windowGraph = networkGraph('window', weights, inputs, (scope, tokens) =>
    scope.graph.named('logits', transformer.forward(scope, tokens as Value, coordinates.length - 1)),
  );
  return {
    transformer,
    windowGraph: optimize(windowGraph),
    stepGraph: optimize(codeStepGraph(transformer, weights, { sharedCondition: true })),
    laneGraph: optimize(codeStepGraph(transformer, weights)),
  };
}
