import fc, { type GeneratorValue } from 'fast-check';
import { elementCount, float32, int64, type Tensor, tensor } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** One random legal use of an operator. */
export interface OperatorCase {
  readonly inputs: readonly Tensor[];
  readonly build: (g: GraphBuilder, inputs: readonly Value[]) => readonly Value[];
  /** Axes of inputs[0] whose size need not be known when the graph is built; `all` means of every input. */
  readonly free: 'all' | readonly number[];
}

export type CaseOf = (draw: Draw) => OperatorCase;

/** Random sizes, shapes and tensors, drawn one by one. */
export class Draw {
  private readonly generate: GeneratorValue;

  constructor(generate: GeneratorValue) {
    this.generate = generate;
  }

  integer(low: number, high: number): number {
    return this.generate(fc.integer, { min: low, max: high });
  }

  boolean(): boolean {
    return this.generate(fc.boolean);
  }

  oneOf<T>(...choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)] as T;
  }

  integers(count: number, low: number, high: number): number[] {
    return Array.from({ length: count }, () => this.integer(low, high));
  }

  /** Sizes from 1 to 5. */
  shape(lowestRank: number, highestRank: number): number[] {
    return this.integers(this.integer(lowestRank, highestRank), 1, 5);
  }

  /** An axis of a rank, counted from the front or the back. */
  axis(rank: number): number {
    return this.integer(-rank, rank - 1);
  }

  /** Some different axes, in any order, at least `fewest`. */
  axes(rank: number, fewest = 0): number[] {
    return this.generate(fc.shuffledSubarray, [...Array(rank).keys()], { minLength: fewest });
  }

  /** A shape that broadcasts with the given one. */
  broadcastable(shape: readonly number[]): number[] {
    const kept = shape.slice(this.integer(0, shape.length));
    return kept.map((size) => (this.boolean() ? size : 1));
  }

  /** Between 0.1 and 2: in the domain of Log, Sqrt and division. */
  floats(dims: readonly number[]): Tensor<'float32'> {
    const offset = this.integer(0, 96);
    return float32(
      dims,
      Array.from({ length: elementCount(dims) }, (_, index) => 0.1 + ((index * 31 + offset) % 97) / 51),
    );
  }

  indices(dims: readonly number[], below: number): Tensor<'int64'> {
    return int64(dims, this.integers(elementCount(dims), 0, below - 1));
  }

  booleans(dims: readonly number[]): Tensor<'bool'> {
    return tensor('bool', dims, Uint8Array.from(this.integers(elementCount(dims), 0, 1)));
  }
}
