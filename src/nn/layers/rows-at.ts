import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { channelsOf } from './channels.ts';

/**
 * Features at places of a map, the same places for every picture: feature [N, C, H, W], positions [P] as y W + x ->
 * [N P, C], the P rows of the first picture first.
 */
export function rowsAt(scope: Scope, feature: Value, positions: Value): Value {
  const { graph } = scope;
  const channels = channelsOf(feature);
  const flat = graph.Reshape(feature, [0, channels, -1]);
  const taken = graph.Gather(flat, positions, 2);
  return graph.Reshape(graph.Transpose(taken, [0, 2, 1]), [-1, channels]);
}
