import type { DType, Tensor } from '../../core/tensor.ts';
import { type Dim, dimText, sameShape } from '../dimension.ts';
import { GraphError, typeText } from '../errors.ts';
import type { Graph, Value, ValueType } from '../ir.ts';

/** ONNX attribute types; ONNX needs to know 1 from 1.0. */
export type AttributeKind = 'int' | 'float' | 'string' | 'ints' | 'floats' | 'tensor' | 'graph';

interface AttributeTypes {
  int: number;
  float: number;
  string: string;
  ints: readonly number[];
  floats: readonly number[];
  tensor: Tensor;
  graph: Graph;
}

export type AttributeSchema = Readonly<Record<string, AttributeKind>>;
export type AttributesOf<S extends AttributeSchema> = {
  readonly [K in keyof S]?: AttributeTypes[S[K]] | undefined;
};

/** What an operator is: how many inputs, which attributes, and what comes out. */
export interface OperatorDefinition<S extends AttributeSchema = AttributeSchema> {
  /** Fewest and most inputs; trailing optional ones may be left out. */
  readonly arity: readonly [minimum: number, maximum: number];
  readonly attributes: S;
  /** Outputs after this many may be left out. Default: none may. */
  readonly requiredOutputs?: number;
  /**
   * Output types from input values and attributes.
   * @throws GraphError through `call.fail` when the inputs do not fit
   */
  readonly infer: (call: OperatorCall<S>) => readonly ValueType[];
}

/** Ties the attribute schema to the type that `infer` sees. */
export function define<const S extends AttributeSchema>(
  definition: OperatorDefinition<S>,
): OperatorDefinition<S> {
  return definition;
}

/** One use of an operator, as its inference sees it. */
export class OperatorCall<S extends AttributeSchema = AttributeSchema> {
  readonly label: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: AttributesOf<S>;
  /** Number of outputs asked for, for operators where that varies (Split, Loop). */
  readonly outputCount: number;

  constructor(
    label: string,
    inputs: readonly (Value | undefined)[],
    attributes: AttributesOf<S>,
    outputCount: number,
  ) {
    this.label = label;
    this.inputs = inputs;
    this.attributes = attributes;
    this.outputCount = outputCount;
  }

  /** The required input at `index`. */
  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) this.fail(`input ${index} is missing`);
    return value;
  }

  /** Sizes held by the int64 vector at input `index`. */
  contents(index: number, what: string): readonly Dim[] {
    const known = this.input(index).contents;
    if (known === undefined) this.fail(`${what} (input ${index}) must be known when the graph is built`);
    return known;
  }

  /** The same as plain numbers; undefined when the input is left out. */
  numbers(index: number, what: string): readonly number[] | undefined {
    if (this.inputs[index] === undefined) return undefined;
    return this.contents(index, what).map((dim) =>
      typeof dim === 'number'
        ? dim
        : this.fail(`${what} (input ${index}) holds the unknown size ${dim.text}`),
    );
  }

  requireDType(index: number, dtype: DType): void {
    if (this.input(index).dtype !== dtype) this.fail(`input ${index} must be ${dtype}`);
  }

  /** An optional input of one axis of the given size. */
  requireVector(index: number, size: Dim): void {
    const value = this.inputs[index];
    if (value !== undefined && !sameShape(value.shape, [size])) {
      this.fail(`input ${index} must have the shape [${dimText(size)}]`);
    }
  }

  requireRank(index: number, minimum: number): Value {
    const value = this.input(index);
    if (value.shape.length < minimum) this.fail(`input ${index} needs rank ${minimum} or more`);
    return value;
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
      this.fail(`axis ${axis} is outside of rank ${rank}`);
    }
    return positive;
  }

  fail(reason: string): never {
    const types = this.inputs
      .map((input) => (input ? `${input.name}: ${typeText(input)}` : 'none'))
      .join(', ');
    throw new GraphError(`${this.label}(${types}): ${reason}`);
  }
}
