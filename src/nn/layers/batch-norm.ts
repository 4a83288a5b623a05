import { elementCount, float32, int64 } from '../../core/tensor.ts';
import { isStatic } from '../../onnx/dimension.ts';
import { GraphError, typeText } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { affineParameters, perChannel } from './affine.ts';
import { channelsOf } from './channels.ts';

export interface BatchNormOptions {
  /** With weight and bias. Default true. */
  readonly affine?: boolean;
}

const epsilon = 1e-5;
/** How much one batch moves the running statistics. */
const momentum = 0.1;

/**
 * torch's BatchNorm1d and BatchNorm2d (Ioffe and Szegedy 2015): x [N, C] or [N, C, H, W] -> the same shape.
 * In training the statistics are the batch's own (over all axes but C, biased variance), and the running ones are
 * updated (with the unbiased variance, as torch does); in evaluation the running ones are used.
 * Parameters: weight [C], bias [C]; buffers: running_mean [C], running_var [C], num_batches_tracked.
 * @throws GraphError in training, when a size of x is not known
 */
export function batchNorm(scope: Scope, x: Value, { affine = true }: BatchNormOptions = {}): Value {
  const { graph } = scope;
  const parameters = affine ? affineParameters(scope, channelsOf(x)) : undefined;
  const running = runningStatistics(scope, channelsOf(x));
  const { mean, variance } = scope.training ? batchStatistics(scope, x, running) : running;
  const deviation = graph.Sqrt(graph.Add(variance, epsilon));
  const centred = graph.Sub(x, perChannel(scope, mean, x));
  if (parameters === undefined) return graph.Div(centred, perChannel(scope, deviation, x));
  const scale = graph.Div(parameters.weight, deviation);
  return graph.Add(graph.Mul(centred, perChannel(scope, scale, x)), perChannel(scope, parameters.bias, x));
}

interface RunningStatistics {
  readonly mean: Value;
  readonly variance: Value;
  readonly batches: Value;
}

function runningStatistics(scope: Scope, channels: number): RunningStatistics {
  const filled = (value: number) => float32([channels], new Float32Array(channels).fill(value));
  return {
    mean: scope.buffer({ name: 'running_mean', initial: filled(0), fixed: false }),
    variance: scope.buffer({ name: 'running_var', initial: filled(1), fixed: false }),
    batches: scope.buffer({ name: 'num_batches_tracked', initial: int64([], [0]), fixed: false }),
  };
}

/** Mean and biased variance of the batch, each [C]; notes the updates of the running statistics. */
function batchStatistics(scope: Scope, x: Value, running: RunningStatistics) {
  const { graph } = scope;
  const count = valuesPerChannel(x);
  const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
  const mean = graph.ReduceMean(x, axes);
  const centred = graph.Sub(x, mean);
  const variance = graph.Squeeze(graph.ReduceMean(graph.Mul(centred, centred), axes), axes);
  const flatMean = graph.Squeeze(mean, axes);
  const moved = (old: Value, current: Value) =>
    graph.Add(graph.Mul(old, 1 - momentum), graph.Mul(current, momentum));
  scope.update('running_mean', moved(running.mean, flatMean));
  scope.update('running_var', moved(running.variance, graph.Mul(variance, count / (count - 1))));
  scope.update('num_batches_tracked', graph.Add(running.batches, 1));
  return { mean: flatMean, variance };
}

/** N H W; at least two, since one value has no variance. */
function valuesPerChannel(x: Value): number {
  const others = x.shape.filter((_, axis) => axis !== 1);
  const count = isStatic(others) ? elementCount(others) : 0;
  if (count > 1) return count;
  throw new GraphError(
    `batch statistics need known sizes and more than one value a channel, ${x.name} is ${typeText(x)}`,
  );
}
