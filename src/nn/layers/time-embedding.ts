import { InvalidArgumentError } from '../../core/errors.ts';
import { float32 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/** The two of the diffusion models: they differ in what comes first and in how far the frequencies reach. */
export type TimeEmbeddingKind =
  /** Sines, then cosines; frequencies 10000^(-k / (half - 1)) down to 1 / 10000 (Ho et al. 2020). */
  | 'ddpm'
  /** Cosines, then sines; frequencies 10000^(-k / half) (Dhariwal and Nichol 2021). */
  | 'adm';

const slowest = 10_000;

/**
 * Times as waves of many frequencies (Vaswani et al. 2017, section 3.5): [N], of any size and with fractions ->
 * [N, channels].
 * @throws InvalidArgumentError for an odd number of channels
 */
export function timeEmbedding(scope: Scope, times: Value, channels: number, kind: TimeEmbeddingKind): Value {
  const { graph } = scope;
  const frequencies = graph.constant(float32([1, channels / 2], frequenciesOf(channels, kind)));
  const phases = graph.Mul(graph.Unsqueeze(times, [1]), frequencies);
  const [sines, cosines] = [graph.Sin(phases), graph.Cos(phases)];
  return graph.Concat(kind === 'ddpm' ? [sines, cosines] : [cosines, sines], 1);
}

/** Rounded where the published code rounds: a time near 1000 makes much of the last digit of a frequency. */
function frequenciesOf(channels: number, kind: TimeEmbeddingKind): number[] {
  const half = channels / 2;
  if (!Number.isInteger(half) || half < 2) {
    throw new InvalidArgumentError(
      `a time is embedded in an even number of channels, 4 or more, got ${channels}`,
    );
  }
  const exponent = (k: number) =>
    kind === 'ddpm'
      ? k * Math.fround(-Math.log(slowest) / (half - 1))
      : Math.fround(k * Math.fround(-Math.log(slowest))) / half;
  return Array.from({ length: half }, (_, k) => Math.fround(Math.exp(Math.fround(exponent(k)))));
}
