import type { Tensor } from '../core/tensor.ts';
import type { Value } from '../onnx/ir.ts';

/** What a parameter is to its layer: initialisation and weight decay depend on it. */
type ParameterRole =
  | 'convolution-weight'
  | 'convolution-bias'
  | 'linear-weight'
  | 'linear-bias'
  | 'norm-weight'
  | 'norm-bias'
  | 'embedding';

/** One trained tensor of a network. */
export interface ParameterSpec {
  /** Key in the official state_dict, without the network's own prefix. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: ParameterRole;
  /** Values that one output element reads, and outputs that one input element reaches (Glorot and Bengio 2010). */
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * State that is not trained by gradients but stands in the state_dict: running statistics and counters (changed by
 * forward passes in training), and fixed tensors such as blur kernels (`fixed`: always `initial`).
 */
export interface BufferSpec {
  readonly name: string;
  readonly initial: Tensor;
  readonly fixed: boolean;
}

/** Where a network's parameters come from: graph inputs in training, constants in an exported graph. */
export interface ParameterSource {
  parameter(spec: ParameterSpec): Value;
  buffer(spec: BufferSpec): Value;
  /** Notes a buffer's value after this forward pass. Sources that do not train ignore it. */
  update(name: string, value: Value): void;
}
