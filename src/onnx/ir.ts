import type { DType, Tensor } from '../core/tensor.ts';
import type { Dim } from './dimension.ts';
import type { OperatorName } from './operators/index.ts';

/** What an operator's inference says of one of its outputs. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** For int64 vectors (and scalars) that hold sizes: their contents, as far as they are known. */
  readonly contents?: readonly Dim[] | undefined;
}

/** One tensor-valued name of a graph: an input, a constant or the output of a node. */
export interface Value extends ValueType {
  readonly name: string;
  /** The node that computes it; undefined for inputs and constants. */
  readonly producer: Node | undefined;
  /** Set for constants (ONNX initializers). */
  readonly constant: Tensor | undefined;
  /** True for constants that the caller named (after a state_dict key): no pass merges or folds them away. */
  readonly named?: boolean;
}

export type AttributeValue = number | string | readonly number[] | Tensor | Graph;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface Node {
  readonly name: string;
  readonly operator: OperatorName;
  /** undefined stands for an optional input that was left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/**
 * A computation: nodes in topological order. Immutable by convention; passes return another graph.
 * The body of a Loop is a Graph that may use values of the graph around it.
 */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly constants: readonly Value[];
  readonly nodes: readonly Node[];
}
