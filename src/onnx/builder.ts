import { type DType, float32, int64, type Tensor, tensor } from '../core/tensor.ts';
import { checkGraph } from './check.ts';
import { constantValue } from './constant.ts';
import type { Dim } from './dimension.ts';
import { GraphError } from './errors.ts';
import type { Attributes, Graph, Node, Value, ValueType } from './ir.ts';
import { onnxDataTypes } from './operators/elementwise.ts';
import type { OperatorAttributes, OperatorName } from './operators/index.ts';
import { inferTypes } from './operators/infer.ts';

/** A value, or a number that becomes a constant of the other operand's data type. */
export type Operand = Value | number;
/** Sizes, axes and the like: known numbers, or a computed int64 vector. */
export type Integers = readonly number[] | Value;

/** Hands out names that are unique in a graph and in the bodies inside it. */
class Names {
  private readonly used = new Set<string>();
  private readonly counters = new Map<string, number>();

  claim(name: string): string {
    if (this.used.has(name)) throw new GraphError(`the name "${name}" is used twice in one graph`);
    this.used.add(name);
    return name;
  }

  next(prefix: string): string {
    let count = this.counters.get(prefix) ?? 0;
    do count++;
    while (this.used.has(`${prefix}_${count}`));
    this.counters.set(prefix, count);
    return this.claim(`${prefix}_${count}`);
  }
}

/**
 * Builds a graph node by node; every call infers the types of its outputs at once, so a mistake is reported at
 * the line that makes it. One method an operator, under ONNX's name, with ONNX's attribute names.
 */
export class GraphBuilder {
  readonly name: string;
  private readonly names: Names;
  private readonly inputs: Value[] = [];
  private readonly constants: Value[] = [];
  private readonly nodes: Node[] = [];
  private readonly scalars = new Map<string, Value>();
  private readonly parent: GraphBuilder | undefined;

  constructor(name: string, parent?: GraphBuilder) {
    this.name = name;
    this.parent = parent;
    this.names = parent?.names ?? new Names();
  }

  input(name: string, dtype: DType, shape: readonly Dim[]): Value {
    const value: Value = {
      name: this.names.claim(name),
      dtype,
      shape,
      producer: undefined,
      constant: undefined,
    };
    this.inputs.push(value);
    return value;
  }

  /** @param name kept through every pass; without one the constant may be merged with an equal one, or folded */
  constant(constant: Tensor, name?: string): Value {
    const chosen = name === undefined ? this.names.next('constant') : this.names.claim(name);
    const value = constantValue(chosen, constant, name !== undefined);
    this.constants.push(value);
    return value;
  }

  /** A scalar constant; asked for twice, it is made once. */
  scalar(value: number, dtype: DType = 'float32'): Value {
    const key = `${dtype}:${Object.is(value, -0) ? '-0' : value}`;
    const known = this.scalars.get(key);
    if (known !== undefined) return known;
    const made = this.constant(scalarTensor(dtype, value));
    this.scalars.set(key, made);
    return made;
  }

  integers(values: Integers): Value {
    return 'dtype' in values ? values : this.constant(int64([values.length], values));
  }

  /** Every node appended so far, in order. */
  get appended(): readonly Node[] {
    return this.nodes;
  }

  /**
   * @param outputs values that keep their names, or values under the names that they are to have outside
   * @throws GraphError when the graph is not legal
   */
  build(outputs: readonly Value[] | Readonly<Record<string, Value>>): Graph {
    const list = isList(outputs)
      ? outputs
      : Object.entries(outputs).map(([name, value]) => this.named(name, value));
    const { name, inputs, constants, nodes } = this;
    const graph = { name, inputs: [...inputs], outputs: list, constants: [...constants], nodes: [...nodes] };
    checkGraph(graph, this.parent?.visible());
    return graph;
  }

  /** Every value that a body may use by now. */
  private visible(): Value[] {
    const outer = this.parent?.visible() ?? [];
    return [...outer, ...this.inputs, ...this.constants, ...this.nodes.flatMap((node) => node.outputs)];
  }

  /** The value under a name of its own, for an output that users of the file ask for by name. */
  named(name: string, value: Value): Value {
    if (value.name === name) return value;
    const node = {
      name: this.names.next('Identity'),
      operator: 'Identity',
      inputs: [value],
      attributes: {},
    } as const;
    return this.push(node, [{ ...value, name: this.names.claim(name) }])[0] as Value;
  }

  /** The body of a Loop: built like a graph, may use this graph's values, names stay unique. */
  body(name: string): GraphBuilder {
    return new GraphBuilder(name, this);
  }

  /** Appends any operator. @returns its outputs */
  append<K extends OperatorName>(
    operator: K,
    inputs: readonly (Value | undefined)[],
    attributes: OperatorAttributes<K> = {},
    outputCount = 1,
  ): readonly Value[] {
    const name = this.names.next(operator);
    const types = inferTypes(operator, name, inputs, attributes, outputCount);
    const named = types.map((type) => ({ ...type, name: this.names.next(operator.toLowerCase()) }));
    return this.push({ name, operator, inputs, attributes: attributes as Attributes }, named);
  }

  private push(node: Omit<Node, 'outputs'>, outputs: readonly (ValueType & { name: string })[]): Value[] {
    const values: Value[] = [];
    const given = Object.entries(node.attributes).filter(([, value]) => value !== undefined);
    const producer: Node = { ...node, attributes: Object.fromEntries(given), outputs: values };
    values.push(...outputs.map((output) => ({ ...output, producer, constant: undefined })));
    this.nodes.push(producer);
    return values;
  }

  private one<K extends OperatorName>(
    operator: K,
    inputs: readonly (Value | undefined)[],
    attributes?: OperatorAttributes<K>,
  ): Value {
    return this.append(operator, inputs, attributes)[0] as Value;
  }

  private binary(operator: BinaryOperator, a: Operand, b: Operand): Value {
    return this.one(operator, this.operands(a, b));
  }

  /** Numbers become scalars of the data type of the values beside them. */
  private operands(...operands: readonly Operand[]): Value[] {
    const dtype =
      operands.find((operand): operand is Value => typeof operand !== 'number')?.dtype ?? 'float32';
    return operands.map((operand) => (typeof operand === 'number' ? this.scalar(operand, dtype) : operand));
  }

  // Elementwise
  Abs = (x: Value) => this.one('Abs', [x]);
  Neg = (x: Value) => this.one('Neg', [x]);
  Exp = (x: Value) => this.one('Exp', [x]);
  Log = (x: Value) => this.one('Log', [x]);
  Sqrt = (x: Value) => this.one('Sqrt', [x]);
  Reciprocal = (x: Value) => this.one('Reciprocal', [x]);
  Erf = (x: Value) => this.one('Erf', [x]);
  Sigmoid = (x: Value) => this.one('Sigmoid', [x]);
  Tanh = (x: Value) => this.one('Tanh', [x]);
  Relu = (x: Value) => this.one('Relu', [x]);
  Softplus = (x: Value) => this.one('Softplus', [x]);
  Sin = (x: Value) => this.one('Sin', [x]);
  Cos = (x: Value) => this.one('Cos', [x]);
  Sign = (x: Value) => this.one('Sign', [x]);
  Floor = (x: Value) => this.one('Floor', [x]);
  Ceil = (x: Value) => this.one('Ceil', [x]);
  Round = (x: Value) => this.one('Round', [x]);
  Not = (x: Value) => this.one('Not', [x]);
  Identity = (x: Value) => this.one('Identity', [x]);
  LeakyRelu = (x: Value, attributes: OperatorAttributes<'LeakyRelu'>) =>
    this.one('LeakyRelu', [x], attributes);
  Clip = (x: Value, low: number, high: number) =>
    this.one('Clip', [x, this.scalar(low, x.dtype), this.scalar(high, x.dtype)]);
  Cast = (x: Value, to: DType) => (x.dtype === to ? x : this.one('Cast', [x], { to: onnxDataTypes[to] }));
  Add = (a: Operand, b: Operand) => this.binary('Add', a, b);
  Sub = (a: Operand, b: Operand) => this.binary('Sub', a, b);
  Mul = (a: Operand, b: Operand) => this.binary('Mul', a, b);
  Div = (a: Operand, b: Operand) => this.binary('Div', a, b);
  Pow = (a: Operand, b: Operand) => this.binary('Pow', a, b);
  Max = (a: Operand, b: Operand) => this.binary('Max', a, b);
  Min = (a: Operand, b: Operand) => this.binary('Min', a, b);
  Equal = (a: Operand, b: Operand) => this.binary('Equal', a, b);
  Less = (a: Operand, b: Operand) => this.binary('Less', a, b);
  LessOrEqual = (a: Operand, b: Operand) => this.binary('LessOrEqual', a, b);
  Greater = (a: Operand, b: Operand) => this.binary('Greater', a, b);
  GreaterOrEqual = (a: Operand, b: Operand) => this.binary('GreaterOrEqual', a, b);
  And = (a: Value, b: Value) => this.one('And', [a, b]);
  Or = (a: Value, b: Value) => this.one('Or', [a, b]);
  Where = (condition: Value, a: Operand, b: Operand) =>
    this.one('Where', [condition, ...this.operands(a, b)]);

  // Reductions; without axes all of them
  ReduceSum = (x: Value, axes?: readonly number[], keepdims = true) =>
    this.reduce('ReduceSum', x, axes, keepdims);
  ReduceMean = (x: Value, axes?: readonly number[], keepdims = true) =>
    this.reduce('ReduceMean', x, axes, keepdims);
  ReduceMax = (x: Value, axes?: readonly number[], keepdims = true) =>
    this.reduce('ReduceMax', x, axes, keepdims);
  ReduceMin = (x: Value, axes?: readonly number[], keepdims = true) =>
    this.reduce('ReduceMin', x, axes, keepdims);
  ArgMax = (x: Value, attributes: OperatorAttributes<'ArgMax'>) => this.one('ArgMax', [x], attributes);
  ArgMin = (x: Value, attributes: OperatorAttributes<'ArgMin'>) => this.one('ArgMin', [x], attributes);
  CumSum = (x: Value, axis: number, attributes?: OperatorAttributes<'CumSum'>) =>
    this.one('CumSum', [x, this.scalar(axis, 'int64')], attributes);
  TopK = (x: Value, k: number, attributes?: OperatorAttributes<'TopK'>) =>
    this.append('TopK', [x, this.integers([k])], attributes, 2) as [values: Value, indices: Value];

  // Linear
  MatMul = (a: Value, b: Value) => this.one('MatMul', [a, b]);
  Gemm = (a: Value, b: Value, c?: Value, attributes?: OperatorAttributes<'Gemm'>) =>
    this.one('Gemm', [a, b, c], attributes);
  Conv = (x: Value, w: Value, b?: Value, attributes?: OperatorAttributes<'Conv'>) =>
    this.one('Conv', [x, w, b], attributes);
  ConvTranspose = (x: Value, w: Value, b?: Value, attributes?: OperatorAttributes<'ConvTranspose'>) =>
    this.one('ConvTranspose', [x, w, b], attributes);

  // Pooling and resampling
  AveragePool = (x: Value, attributes: OperatorAttributes<'AveragePool'>) =>
    this.one('AveragePool', [x], attributes);
  MaxPool = (x: Value, attributes: OperatorAttributes<'MaxPool'>) =>
    this.append('MaxPool', [x], attributes, 2) as [values: Value, indices: Value];
  GlobalAveragePool = (x: Value) => this.one('GlobalAveragePool', [x]);
  Resize = (x: Value, sizes: Integers, attributes: OperatorAttributes<'Resize'>) =>
    this.one('Resize', [x, undefined, undefined, this.integers(sizes)], attributes);

  // Movement
  Shape = (x: Value) => this.one('Shape', [x]);
  Reshape = (x: Value, shape: Integers) => this.one('Reshape', [x, this.integers(shape)]);
  Unsqueeze = (x: Value, axes: readonly number[]) => this.one('Unsqueeze', [x, this.integers(axes)]);
  Squeeze = (x: Value, axes: readonly number[]) => this.one('Squeeze', [x, this.integers(axes)]);
  Transpose = (x: Value, perm: readonly number[]) => this.one('Transpose', [x], { perm });
  Expand = (x: Value, shape: Integers) => this.one('Expand', [x, this.integers(shape)]);
  Concat = (values: readonly Value[], axis: number) => this.one('Concat', values, { axis });
  Split = (x: Value, sizes: readonly number[], axis: number) =>
    this.append('Split', [x, this.integers(sizes)], { axis }, sizes.length);
  Slice = (x: Value, range: SliceRange) =>
    this.one(
      'Slice',
      [x, range.starts, range.ends, range.axes, range.steps ?? range.axes.map(() => 1)].map((part) =>
        'dtype' in part ? part : this.integers(part),
      ),
    );
  Pad = (x: Value, pads: readonly number[], mode: 'constant' | 'reflect' | 'edge' = 'constant') =>
    this.one('Pad', [x, this.integers(pads)], { mode });
  Tile = (x: Value, repeats: Integers) => this.one('Tile', [x, this.integers(repeats)]);
  DepthToSpace = (x: Value, attributes: OperatorAttributes<'DepthToSpace'>) =>
    this.one('DepthToSpace', [x], attributes);
  SpaceToDepth = (x: Value, attributes: OperatorAttributes<'SpaceToDepth'>) =>
    this.one('SpaceToDepth', [x], attributes);
  ConstantOfShape = (shape: Value, value: Tensor) => this.one('ConstantOfShape', [shape], { value });

  // Indexing
  Gather = (x: Value, indices: Value, axis: number) => this.one('Gather', [x, indices], { axis });
  GatherElements = (x: Value, indices: Value, axis: number) =>
    this.one('GatherElements', [x, indices], { axis });
  GatherND = (x: Value, indices: Value, attributes?: OperatorAttributes<'GatherND'>) =>
    this.one('GatherND', [x, indices], attributes);
  ScatterElements = (
    x: Value,
    indices: Value,
    updates: Value,
    attributes: OperatorAttributes<'ScatterElements'>,
  ) => this.one('ScatterElements', [x, indices, updates], attributes);
  ScatterND = (x: Value, indices: Value, updates: Value, attributes?: OperatorAttributes<'ScatterND'>) =>
    this.one('ScatterND', [x, indices, updates], attributes);
  /** Float ones at the given indices, zeros elsewhere. */
  OneHot = (indices: Value, depth: number, attributes?: OperatorAttributes<'OneHot'>) =>
    this.one('OneHot', [indices, this.integers([depth]), this.constant(float32([2], [0, 1]))], attributes);

  // Normalisation
  Softmax = (x: Value, axis: number) => this.one('Softmax', [x], { axis });
  LogSoftmax = (x: Value, axis: number) => this.one('LogSoftmax', [x], { axis });
  InstanceNormalization = (x: Value, scale: Value, bias: Value, epsilon = 1e-5) =>
    this.one('InstanceNormalization', [x, scale, bias], { epsilon });
  LayerNormalization = (
    x: Value,
    scale: Value,
    bias: Value | undefined,
    attributes: OperatorAttributes<'LayerNormalization'>,
  ) =>
    this.append('LayerNormalization', [x, scale, bias], attributes, 3) as [
      y: Value,
      mean: Value,
      inverse: Value,
    ];

  // Control
  StopGradient = (x: Value) => this.one('StopGradient', [x]);
  Loop = (trips: Value, carried: readonly Value[], body: Graph) =>
    this.append('Loop', [trips, this.scalar(1, 'bool'), ...carried], { body }, body.outputs.length - 1);

  private reduce(
    operator: ReduceOperator,
    x: Value,
    axes: readonly number[] | undefined,
    keepdims: boolean,
  ): Value {
    const inputs = axes === undefined ? [x] : [x, this.integers(axes)];
    return this.one(operator, inputs, { keepdims: keepdims ? 1 : 0 });
  }
}

/** ONNX Slice: starts (inclusive), ends (exclusive), for the axes, by the steps (default 1). */
export interface SliceRange {
  readonly starts: Integers;
  readonly ends: Integers;
  readonly axes: readonly number[];
  readonly steps?: readonly number[];
}

type ReduceOperator = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin';
type BinaryOperator =
  | ('Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Max' | 'Min')
  | ('Equal' | 'Less' | 'LessOrEqual' | 'Greater' | 'GreaterOrEqual');

function scalarTensor(dtype: DType, value: number): Tensor {
  if (dtype === 'int64') return int64([], [value]);
  if (dtype === 'float32') return float32([], [value]);
  if (dtype === 'float64') return tensor('float64', [], Float64Array.of(value));
  if (dtype === 'int32') return tensor('int32', [], Int32Array.of(value));
  if (dtype === 'uint8' || dtype === 'bool') return tensor(dtype, [], Uint8Array.of(value));
  throw new GraphError(`a number cannot become a ${dtype} constant`);
}

function isList(outputs: readonly Value[] | Readonly<Record<string, Value>>): outputs is readonly Value[] {
  return Array.isArray(outputs);
}
