import { UnpairedError } from '../../core/errors.ts';
import { int64, type Tensor } from '../../core/tensor.ts';
import type { NetworkState } from '../../nn/sources.ts';
import type { StateDict } from '../pytorch/index.ts';
import { type GeneratorSettings, settingsText } from './generator-schema.ts';
import { siblingOf } from './recognise.ts';
import { weightDifferences } from './weight-differences.ts';

/** The weights are not those of the generator that was recognised or asked for. */
export class WeightsMismatchError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'WEIGHTS_MISMATCH', status: 422 });
  }
}

const listedKeys = 20;

/**
 * The weights as the generator takes them: every key that it needs, none that it does not, each of the right shape,
 * type and finite. Three habits of PyTorch are allowed for, as its own loading does:
 * - instance norms of before PyTorch 0.4 saved running statistics that nothing reads: they are left out;
 * - batch norms of before PyTorch 0.4.1 did not count their batches: zero;
 * - the fixed kernels of the blurs may be missing, all together: they are known.
 * @throws WeightsMismatchError listing both sides
 */
export function fitWeights(settings: GeneratorSettings, state: NetworkState, weights: StateDict): StateDict {
  const fitting = withKernels(state, withCounters(state, withoutUnusedStatistics(weights)));
  const { missing, leftOver, misshapen } = weightDifferences(state, fitting);
  if (missing.length + leftOver.length + misshapen.length > 0) {
    throw new WeightsMismatchError(
      `the weights do not fit the generator ${settingsText(settings)}: missing: ${list(missing)}; left over: ` +
        `${list(leftOver)}; of another shape: ${list(misshapen)} (what was recognised wrongly can be changed with --set)`,
    );
  }
  requireFiniteFloats(state, fitting);
  return fitting;
}

function withoutUnusedStatistics(weights: StateDict): StateDict {
  const statistics = /\.(?:running_mean|running_var|num_batches_tracked)$/;
  return new Map(
    [...weights].filter(([key]) => !statistics.test(key) || weights.has(siblingOf(key, 'weight'))),
  );
}

function withCounters({ buffers }: NetworkState, weights: StateDict): StateDict {
  const uncounted = buffers.filter(
    ({ name }) =>
      name.endsWith('.num_batches_tracked') &&
      !weights.has(name) &&
      weights.has(siblingOf(name, 'running_mean')),
  );
  return new Map([...weights, ...uncounted.map(({ name }) => [name, int64([], [0])] as const)]);
}

function withKernels({ buffers }: NetworkState, weights: StateDict): StateDict {
  const kernels = buffers.filter(({ fixed }) => fixed);
  if (kernels.some(({ name }) => weights.has(name))) return weights;
  return new Map([...weights, ...kernels.map(({ name, initial }) => [name, initial] as const)]);
}

function requireFiniteFloats({ parameters, buffers }: NetworkState, weights: StateDict): void {
  const statistics = buffers.filter(({ initial }) => initial.dtype === 'float32');
  for (const { name } of [...parameters, ...statistics]) {
    const { dtype, data } = weights.get(name) as Tensor;
    if (dtype !== 'float32') throw new WeightsMismatchError(`${name} holds ${dtype}, floats were expected`);
    const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new WeightsMismatchError(`${name} is not finite: element ${at} is ${data[at]}`);
  }
}

function list(entries: readonly string[]): string {
  if (entries.length === 0) return 'none';
  const more = entries.length > listedKeys ? ` and ${entries.length - listedKeys} more` : '';
  return entries.slice(0, listedKeys).join(', ') + more;
}
