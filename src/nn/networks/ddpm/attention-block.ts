import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { normalized } from './normalized.ts';

/**
 * The attention of DDPM (Ho et al. 2020) and VQGAN over all places of a map (`AttnBlock`): x [N, C, H, W] -> the same
 * shape, one head, logits scaled by 1 / sqrt(C) (Vaswani et al. 2017, equation 1), added to x.
 * Parameters: norm.*, q.*, k.*, v.*, proj_out.*.
 * @param groups of its norm; default 32
 */
export function attentionBlock(scope: Scope, x: Value, groups?: number): Value {
  const { graph } = scope;
  const channels = channelsOf(x);
  const mixed = (name: string, features: Value) =>
    convolution(scope.child(name), features, { filters: channels, kernel: 1 });
  const inner = normalized(scope.child('norm'), x, groups);
  const columns = (name: string) => graph.Reshape(mixed(name, inner), [0, channels, -1]); // [N, C, places]
  const queries = graph.Transpose(columns('q'), [0, 2, 1]);
  const logits = graph.Mul(graph.MatMul(queries, columns('k')), channels ** -0.5);
  const shares = graph.Softmax(logits, 2); // [N, place that asks, place that is looked at]
  const gathered = graph.MatMul(columns('v'), graph.Transpose(shares, [0, 2, 1]));
  return graph.Add(x, mixed('proj_out', graph.Reshape(gathered, graph.Shape(x))));
}
