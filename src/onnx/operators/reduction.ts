import type { Dim } from '../dimension.ts';
import { define, type OperatorCall } from './definition.ts';

const reduce = define({
  arity: [1, 2],
  attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
  infer: (call) => {
    const x = call.input(0);
    const axes = call.numbers(1, 'axes')?.map((axis) => call.axis(axis, x.shape.length));
    const reduced = new Set(axes ?? x.shape.keys());
    return [{ dtype: x.dtype, shape: withoutAxes(x.shape, reduced, call.attributes.keepdims !== 0) }];
  },
});

const argument = define({
  arity: [1, 1],
  attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
  infer: (call) => {
    const x = call.requireRank(0, 1);
    const axis = call.axis(call.attributes.axis ?? 0, x.shape.length);
    return [{ dtype: 'int64', shape: withoutAxes(x.shape, new Set([axis]), call.attributes.keepdims !== 0) }];
  },
});

export const reductionOperators = {
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ArgMax: argument,
  ArgMin: argument,
  CumSum: define({
    arity: [2, 2],
    attributes: { exclusive: 'int', reverse: 'int' },
    infer: (call) => [{ dtype: call.input(0).dtype, shape: call.input(0).shape }],
  }),
  TopK: define({
    arity: [2, 2],
    attributes: { axis: 'int', largest: 'int', sorted: 'int' },
    infer: (call) => {
      const x = call.requireRank(0, 1);
      const axis = call.axis(call.attributes.axis ?? -1, x.shape.length);
      const shape = replaced(x.shape, axis, countOf(call));
      return [
        { dtype: x.dtype, shape },
        { dtype: 'int64', shape },
      ];
    },
  }),
} as const;

function countOf(call: OperatorCall): Dim {
  const [count] = call.contents(1, 'k');
  return count ?? call.fail('k (input 1) must hold one number');
}

export function replaced(shape: readonly Dim[], axis: number, dim: Dim): Dim[] {
  return shape.map((old, index) => (index === axis ? dim : old));
}

function withoutAxes(shape: readonly Dim[], axes: ReadonlySet<number>, keep: boolean): Dim[] {
  return shape.flatMap((dim, axis) => (axes.has(axis) ? (keep ? [1] : []) : [dim]));
}
