import { InternalError, InvalidArgumentError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { Random as RandomStream } from '../core/random.ts';
import { elementCount, float32, type Tensor } from '../core/tensor.ts';
import { orthogonal } from './orthogonal.ts';
import type { ParameterSpec } from './parameters.ts';
import type { NetworkState } from './sources.ts';

/**
 * How parameters start. All but the last three are `init_weights` of the published implementations: the named
 * distribution for weights of convolutions and linear layers, 0 for biases, normal(1, gain) for weights of norms,
 * N(0, gain) for embeddings.
 * - `normal`: N(0, gain)
 * - `xavier`: N(0, gain sqrt(2 / (fanIn + fanOut))) (Glorot and Bengio 2010, eq. 12 as a normal distribution)
 * - `kaiming`: N(0, sqrt(2 / fanIn)) (He et al. 2015); the published code uses the gain for norms only
 * - `orthogonal`: gain times a matrix with orthonormal rows or columns (Saxe et al. 2014)
 * - `torch-default`: U(-1 / sqrt(fanIn), 1 / sqrt(fanIn)) for weights and biases, norms 1 and 0, embeddings N(0, 1)
 * - `zeros`
 * - `uniform`: U(-bound, bound)
 */
export type InitializationPolicy =
  | { readonly type: 'normal' | 'xavier' | 'kaiming' | 'orthogonal'; readonly gain: number }
  | { readonly type: 'torch-default' }
  | { readonly type: 'zeros' }
  | { readonly type: 'uniform'; readonly bound: number };

/** One policy for a whole network, or one for each parameter (norms of vectors keep torch's default, for example). */
export type PolicyChoice = InitializationPolicy | ((spec: ParameterSpec) => InitializationPolicy);

/**
 * A fresh state_dict: parameters drawn by the policy, buffers at their initial values. A parameter's values depend on
 * `random` and on its own name only, so that adding a layer does not change the others.
 */
export function initializeNetwork(
  state: NetworkState,
  policy: PolicyChoice,
  random: Random,
): Map<string, Tensor> {
  const key = [random.word(), random.word()] as const;
  const weights = new Map<string, Tensor>();
  for (const spec of state.parameters) {
    const chosen = typeof policy === 'function' ? policy(spec) : policy;
    weights.set(spec.name, initializeParameter(spec, chosen, RandomStream.of(key[0], key[1], spec.name)));
  }
  for (const buffer of state.buffers) weights.set(buffer.name, buffer.initial);
  return weights;
}

function initializeParameter(
  spec: ParameterSpec,
  policy: InitializationPolicy,
  random: Random,
): Tensor<'float32'> {
  if (policy.type === 'zeros') return constant(spec, 0);
  if (policy.type === 'uniform') return uniform(spec, policy.bound, random);
  if (policy.type !== 'torch-default' && !(policy.gain > 0)) {
    throw new InvalidArgumentError(`the gain of an initialisation must be above 0, got ${policy.gain}`);
  }
  switch (spec.role) {
    case 'convolution-weight':
    case 'linear-weight':
      return drawWeight(spec, policy, random);
    case 'convolution-bias':
    case 'linear-bias':
      return policy.type === 'torch-default' ? torchUniform(spec, random) : constant(spec, 0);
    case 'norm-weight':
      return policy.type === 'torch-default' ? constant(spec, 1) : normal(spec, 1, policy.gain, random);
    case 'norm-bias':
      return constant(spec, 0);
    case 'embedding':
      return normal(spec, 0, policy.type === 'torch-default' ? 1 : policy.gain, random);
  }
}

function drawWeight(
  spec: ParameterSpec,
  policy: Exclude<InitializationPolicy, { type: 'zeros' | 'uniform' }>,
  random: Random,
): Tensor<'float32'> {
  switch (policy.type) {
    case 'normal':
      return normal(spec, 0, policy.gain, random);
    case 'xavier':
      return normal(spec, 0, policy.gain * Math.sqrt(2 / (spec.fanIn + spec.fanOut)), random);
    case 'kaiming':
      return normal(spec, 0, Math.sqrt(2 / spec.fanIn), random);
    case 'orthogonal':
      return orthogonalTensor(spec, policy.gain, random);
    case 'torch-default':
      return torchUniform(spec, random);
  }
}

function normal(
  { shape }: ParameterSpec,
  mean: number,
  deviation: number,
  random: Random,
): Tensor<'float32'> {
  return float32(
    shape,
    random.fill(elementCount(shape), (stream) => mean + deviation * stream.normal()),
  );
}

/** For a weight this is kaiming_uniform(a = sqrt 5), torch's own default: its bound is 1 / sqrt(fanIn) as well. */
function torchUniform(spec: ParameterSpec, random: Random): Tensor<'float32'> {
  return uniform(spec, 1 / Math.sqrt(spec.fanIn), random);
}

function uniform({ shape }: ParameterSpec, bound: number, random: Random): Tensor<'float32'> {
  return float32(
    shape,
    random.fill(elementCount(shape), (stream) => bound * (2 * stream.uniform() - 1)),
  );
}

function constant({ shape }: ParameterSpec, value: number): Tensor<'float32'> {
  return float32(shape, new Float32Array(elementCount(shape)).fill(value));
}

/** The weight seen as a matrix of its first axis by all others. */
function orthogonalTensor({ name, shape }: ParameterSpec, gain: number, random: Random): Tensor<'float32'> {
  const [rows, ...rest] = shape;
  if (rows === undefined || rest.length === 0) {
    throw new InternalError(`the weight ${name} of shape [${shape.join(', ')}] is no matrix`);
  }
  const matrix = orthogonal(rows, elementCount(rest), random);
  return float32(
    shape,
    matrix.map((value) => gain * value),
  );
}
