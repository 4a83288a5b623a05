import { Random } from '../../core/random.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import { convolution } from '../../nn/layers/convolution.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import type { TimedNetwork } from '../export/guided-step-graph.ts';

/** A network of one convolution that depends on the time: a stand-in for a score network or a classifier. */
export function timedNetwork(name: string, filters: number): TimedNetwork {
  const forward = (scope: Scope, pictures: Value, times: Value) => {
    const g = scope.graph;
    const maps = convolution(scope.child(name), pictures, { filters, kernel: 3, padding: 1 });
    return g.Tanh(g.Mul(maps, g.Add(g.Mul(g.Unsqueeze(times, [1, 2, 3]), 1e-3), 1)));
  };
  const state = describeNetwork((scope) =>
    forward(scope, scope.graph.input('x', 'float32', [1, 3, 8, 8]), scope.graph.input('t', 'float32', [1])),
  );
  return { weights: initializeNetwork(state, { type: 'torch-default' }, Random.of(1, name)), forward };
}
