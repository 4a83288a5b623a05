import { float32 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { affineParameters } from './affine.ts';
import { channelsOf } from './channels.ts';

/** torch's default. */
const usual = 1e-5;

/**
 * Instance normalisation (Ulyanov et al. 2016): x [N, C, H, W] -> the same shape, (x - mean) / sqrt(variance + epsilon)
 * with the mean and the biased variance of each picture's channel, in training as in evaluation. This is torch's
 * InstanceNorm2d without affine parameters: nothing of it stands in the state_dict.
 *
 * The fused InstanceNormalization. ONNX Runtime 1.30 on CPU, best milliseconds on one | two threads:
 * [1, 64, 128, 128] fused 0.26 | 0.25, LayerNormalization over H x W 0.44 | 0.23, primitives 0.48 | 0.25;
 * [1, 256, 32, 32] fused 0.07 | 0.07, LayerNormalization 0.10 | 0.05, primitives 0.11 | 0.06.
 * It spends the least processor time, though on one thread only; with many cores the others overtake it, at a few
 * percent of the convolution beside it. LayerNormalization could hand its statistics to the gradient, but is fast only
 * with a scale as large as the picture, whose size an exported graph does not know.
 */
export function instanceNorm(scope: Scope, x: Value, epsilon = usual): Value {
  const { graph } = scope;
  const channels = channelsOf(x);
  const constant = (value: number) =>
    graph.constant(float32([channels], new Float32Array(channels).fill(value)));
  return graph.InstanceNormalization(x, constant(1), constant(0), epsilon);
}

/** The same with a learned scale and shift of each channel (`affine=True`). Parameters: weight [C], bias [C]. */
export function affineInstanceNorm(scope: Scope, x: Value): Value {
  const { weight, bias } = affineParameters(scope, channelsOf(x));
  return scope.graph.InstanceNormalization(x, weight, bias, usual);
}
