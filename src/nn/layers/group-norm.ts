import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { affineParameters, perChannel } from './affine.ts';
import { channelsOf } from './channels.ts';
import { instanceNorm } from './instance-norm.ts';

/**
 * torch's GroupNorm (Wu and He 2018): x [N, C, ...] -> the same shape, normalised over each picture's group of
 * C / groups channels. Parameters: weight [C], bias [C].
 * Runs as an instance norm of [N, groups, everything of the group], the fastest kernel (see instance-norm.ts).
 * @param epsilon added to the variance; default torch's
 */
export function groupNorm(scope: Scope, x: Value, groups: number, epsilon = 1e-5): Value {
  const { graph } = scope;
  const channels = channelsOf(x);
  if (channels % groups !== 0) {
    throw new InvalidArgumentError(`${groups} groups do not divide ${channels} channels`);
  }
  const { weight, bias } = affineParameters(scope, channels);
  const grouped = instanceNorm(scope, graph.Reshape(x, [0, groups, -1]), epsilon);
  const normalised = graph.Reshape(grouped, graph.Shape(x));
  return graph.Add(graph.Mul(normalised, perChannel(scope, weight, x)), perChannel(scope, bias, x));
}
