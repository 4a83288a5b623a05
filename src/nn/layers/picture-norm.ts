import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { channelsOf } from './channels.ts';

const epsilon = 1e-5;

/**
 * The layer norm of MUNIT and DRIT: x [N, C, H, W] -> the same shape, with one mean and one biased variance for a whole
 * picture (C x H x W values), and a scale and a shift for each channel. Parameters: weight [C, 1, 1], bias [C, 1, 1].
 *
 * Written in primitives, each mean taken along the rows first. As the fused instance norm of [N, 1, everything of the
 * picture] it would be faster, but ONNX Runtime adds up all values of a picture in single precision: at 18 x 212 x 212
 * values its pictures were ten times as far from PyTorch's as these.
 */
export function pictureNorm(scope: Scope, x: Value): Value {
  const { graph: g } = scope;
  const shared = { shape: [channelsOf(x), 1, 1], fanIn: 1, fanOut: 1 };
  const weight = scope.parameter({ name: 'weight', role: 'norm-weight', ...shared });
  const bias = scope.parameter({ name: 'bias', role: 'norm-bias', ...shared });
  const mean = (values: Value) => g.ReduceMean(g.ReduceMean(values, [3]), [1, 2]);
  const centred = g.Sub(x, mean(x));
  const deviation = g.Sqrt(g.Add(mean(g.Mul(centred, centred)), epsilon));
  return g.Add(g.Mul(g.Div(centred, deviation), weight), bias);
}
