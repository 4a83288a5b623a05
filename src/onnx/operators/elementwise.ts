import type { DType } from '../../core/tensor.ts';
import { addDims, type Dim, multiplyDims, sameDim, subtractDims } from '../dimension.ts';
import type { ValueType } from '../ir.ts';
import { define, type OperatorCall } from './definition.ts';

const unary = define({
  arity: [1, 1],
  attributes: {},
  infer: (call) => [sameTypeAs(call.input(0))],
});

/** Functions that ONNX has for floating-point numbers only. */
const floatUnary = define({
  arity: [1, 1],
  attributes: {},
  infer: (call) => [sameTypeAs(requireFloat(call))],
});

/** @param combine what becomes of sizes in int64 vectors, where that is a polynomial again */
const arithmetic = (combine?: (left: Dim, right: Dim) => Dim) =>
  define({
    arity: [2, 2],
    attributes: {},
    infer: (call) => {
      const [dtype, shape] = [commonDType(call, [0, 1]), broadcast(call, [0, 1])];
      return [{ dtype, shape, contents: combine && combinedContents(call, combine) }];
    },
  });

const comparison = define({
  arity: [2, 2],
  attributes: {},
  infer: (call) => {
    commonDType(call, [0, 1]);
    return [{ dtype: 'bool', shape: broadcast(call, [0, 1]) }];
  },
});

const logical = define({
  arity: [2, 2],
  attributes: {},
  infer: (call) => {
    call.requireDType(0, 'bool');
    call.requireDType(1, 'bool');
    return [{ dtype: 'bool', shape: broadcast(call, [0, 1]) }];
  },
});

export const elementwiseOperators = {
  Abs: unary,
  Neg: unary,
  Exp: floatUnary,
  Log: floatUnary,
  Sqrt: floatUnary,
  Reciprocal: floatUnary,
  Erf: floatUnary,
  Sigmoid: floatUnary,
  Tanh: floatUnary,
  Relu: unary,
  Softplus: floatUnary,
  Sin: floatUnary,
  Cos: floatUnary,
  Sign: unary,
  Floor: floatUnary,
  Ceil: floatUnary,
  Round: floatUnary,
  Identity: define({
    arity: [1, 1],
    attributes: {},
    infer: (call) => [{ ...sameTypeAs(call.input(0)), contents: call.input(0).contents }],
  }),
  Not: define({
    arity: [1, 1],
    attributes: {},
    infer: (call) => {
      call.requireDType(0, 'bool');
      return [sameTypeAs(call.input(0))];
    },
  }),
  LeakyRelu: define({
    arity: [1, 1],
    attributes: { alpha: 'float' },
    infer: (call) => [sameTypeAs(requireFloat(call))],
  }),
  Clip: define({
    arity: [1, 3],
    attributes: {},
    infer: (call) => [sameTypeAs(call.input(0))],
  }),
  Cast: define({
    arity: [1, 1],
    attributes: { to: 'int' },
    infer: (call) => {
      const dtype = castTarget(call);
      const { shape, contents } = call.input(0);
      return [{ dtype, shape, contents: dtype === 'int64' || dtype === 'int32' ? contents : undefined }];
    },
  }),
  Add: arithmetic(addDims),
  Sub: arithmetic(subtractDims),
  Mul: arithmetic(multiplyDims),
  Div: arithmetic(),
  Pow: arithmetic(),
  Max: arithmetic(),
  Min: arithmetic(),
  Equal: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  And: logical,
  Or: logical,
  Where: define({
    arity: [3, 3],
    attributes: {},
    infer: (call) => {
      call.requireDType(0, 'bool');
      return [{ dtype: commonDType(call, [1, 2]), shape: broadcast(call, [0, 1, 2]) }];
    },
  }),
} as const;

/** ONNX TensorProto.DataType numbers. */
export const onnxDataTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

export function sameTypeAs(value: ValueType): ValueType {
  return { dtype: value.dtype, shape: value.shape };
}

function requireFloat(call: OperatorCall): ValueType {
  const x = call.input(0);
  return x.dtype.startsWith('float') ? x : call.fail('input 0 must be of floating-point numbers');
}

function castTarget(call: OperatorCall<{ readonly to: 'int' }>): DType {
  const found = Object.entries(onnxDataTypes).find(([, code]) => code === call.attributes.to);
  if (found === undefined) call.fail(`attribute to is ${call.attributes.to}, not a supported ONNX data type`);
  return found[0] as DType;
}

export function commonDType(call: OperatorCall, indices: readonly number[]): DType {
  const [first, ...rest] = indices.map((index) => call.input(index).dtype) as [DType, ...DType[]];
  if (rest.some((dtype) => dtype !== first)) call.fail('inputs must have one data type');
  return first;
}

/** Multidirectional broadcasting of the shapes of the given inputs. */
function broadcast(call: OperatorCall, indices: readonly number[]): readonly Dim[] {
  const shapes = indices.map((index) => call.input(index).shape);
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.flatMap((shape) => shape[axis - rank + shape.length] ?? []);
    const wide = dims.filter((dim) => dim !== 1);
    const chosen = wide[0] ?? 1;
    if (wide.some((dim) => !sameDim(dim, chosen))) call.fail('shapes do not broadcast');
    return chosen;
  });
}

/** Of two vectors (or scalars) of known contents; one of them may be repeated along the other. */
function combinedContents(call: OperatorCall, combine: (left: Dim, right: Dim) => Dim): Dim[] | undefined {
  const [left, right] = [call.input(0).contents, call.input(1).contents];
  if (left === undefined || right === undefined) return undefined;
  if (call.input(0).shape.length > 1 || call.input(1).shape.length > 1) return undefined;
  const length = left.length === 1 ? right.length : left.length;
  const at = (contents: readonly Dim[], index: number) => contents[contents.length === 1 ? 0 : index] as Dim;
  return Array.from({ length }, (_, index) => combine(at(left, index), at(right, index)));
}
