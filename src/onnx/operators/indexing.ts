import { type Dim, sameShape } from '../dimension.ts';
import type { ValueType } from '../ir.ts';
import { define, type OperatorCall } from './definition.ts';

export const indexingOperators = {
  Gather: define({
    arity: [2, 2],
    attributes: { axis: 'int' },
    infer: (call) => {
      const x = call.requireRank(0, 1);
      const indices = requireIndices(call, 1);
      const axis = call.axis(call.attributes.axis ?? 0, x.shape.length);
      const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
      return [{ dtype: x.dtype, shape, contents: gatheredContents(x, indices) }];
    },
  }),
  GatherElements: define({
    arity: [2, 2],
    attributes: { axis: 'int' },
    infer: (call) => [{ dtype: call.input(0).dtype, shape: requireIndices(call, 1).shape }],
  }),
  GatherND: define({
    arity: [2, 2],
    attributes: { batch_dims: 'int' },
    infer: (call) => {
      const x = call.input(0);
      const indices = requireIndices(call, 1);
      const depth = indexDepth(call);
      const batch = call.attributes.batch_dims ?? 0;
      if (depth + batch > x.shape.length) call.fail(`the indices name ${depth} axes, input 0 has fewer`);
      return [{ dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)] }];
    },
  }),
  ScatterElements: define({
    arity: [3, 3],
    attributes: { axis: 'int', reduction: 'string' },
    infer: (call) => {
      requireIndices(call, 1);
      if (!sameShape(call.input(1).shape, call.input(2).shape))
        call.fail('indices and updates differ in shape');
      return [{ dtype: call.input(0).dtype, shape: call.input(0).shape }];
    },
  }),
  ScatterND: define({
    arity: [3, 3],
    attributes: { reduction: 'string' },
    infer: (call) => {
      const x = call.input(0);
      const indices = requireIndices(call, 1);
      const depth = indexDepth(call);
      const expected = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
      if (!sameShape(expected, call.input(2).shape))
        call.fail('updates do not have the shape of what is replaced');
      return [{ dtype: x.dtype, shape: x.shape }];
    },
  }),
  OneHot: define({
    arity: [3, 3],
    attributes: { axis: 'int' },
    infer: (call) => {
      const { shape } = call.input(0);
      const [depth] = call.contents(1, 'depth');
      const axis = call.axis(call.attributes.axis ?? -1, shape.length + 1);
      return [
        { dtype: call.input(2).dtype, shape: [...shape.slice(0, axis), depth as Dim, ...shape.slice(axis)] },
      ];
    },
  }),
} as const;

function requireIndices(call: OperatorCall, index: number) {
  const indices = call.input(index);
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32')
    call.fail(`input ${index} must be int64 or int32`);
  return indices;
}

/** How many axes one index of GatherND or ScatterND names: the size of the last axis of the indices. */
function indexDepth(call: OperatorCall): number {
  const depth = call.input(1).shape.at(-1);
  return typeof depth === 'number' ? depth : call.fail('the last axis of the indices must be a known size');
}

function gatheredContents(from: ValueType, indices: ValueType): readonly Dim[] | undefined {
  const vector = from.shape.length === 1 ? from.contents : undefined;
  const chosen = indices.contents?.map((index) =>
    typeof index === 'number' ? vector?.at(index) : undefined,
  );
  return chosen?.every((dim) => dim !== undefined) ? chosen : undefined;
}
