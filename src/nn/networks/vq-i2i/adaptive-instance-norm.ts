import { float32 } from '../../../core/tensor.ts';
import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { instanceNorm } from '../../layers/instance-norm.ts';
import type { Scope } from '../../scope.ts';

/** Scale and shift of one norm, for each picture and channel: [N, C] each. */
export interface Modulation {
  /** Used as it is: 0 makes a channel flat. */
  readonly weight: Value;
  readonly bias: Value;
}

/**
 * Adaptive instance norm (Huang and Belongie 2017, equation 8): x [N, C, H, W] -> the same shape, normalised in each
 * channel of each picture, then scaled and shifted as the style says. Its running statistics stand in the state_dict
 * (running_mean, running_var), with any values, because the published module has them; nothing reads or moves them.
 */
export function adaptiveInstanceNorm(scope: Scope, x: Value, { weight, bias }: Modulation): Value {
  const { graph } = scope;
  const channels = channelsOf(x);
  const unused = (name: string, value: number) => {
    const initial = float32([channels], new Float32Array(channels).fill(value));
    scope.buffer({ name, initial, fixed: false });
  };
  unused('running_mean', 0);
  unused('running_var', 1);
  const beside = (rows: Value) => graph.Unsqueeze(rows, [2, 3]);
  return graph.Add(graph.Mul(instanceNorm(scope, x), beside(weight)), beside(bias));
}
