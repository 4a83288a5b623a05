import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { channelsOf } from './channels.ts';
import { instanceNorm } from './instance-norm.ts';

/**
 * The layer norm of MUNIT and DRIT: x [N, C, H, W] -> the same shape, with one mean and one biased variance for a whole
 * picture (C x H x W values), and a scale and a shift for each channel. Parameters: weight [C, 1, 1], bias [C, 1, 1].
 * Runs as an instance norm of [N, 1, everything of the picture], the fastest kernel (see instance-norm.ts).
 */
export function pictureNorm(scope: Scope, x: Value): Value {
  const { graph } = scope;
  const shared = { shape: [channelsOf(x), 1, 1], fanIn: 1, fanOut: 1 };
  const weight = scope.parameter({ name: 'weight', role: 'norm-weight', ...shared });
  const bias = scope.parameter({ name: 'bias', role: 'norm-bias', ...shared });
  const flat = instanceNorm(scope, graph.Reshape(x, [0, 1, -1]));
  return graph.Add(graph.Mul(graph.Reshape(flat, graph.Shape(x)), weight), bias);
}
