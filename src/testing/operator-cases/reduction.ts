import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CaseOf } from './draw.ts';

type Reduce = (g: GraphBuilder, x: Value, axes: readonly number[] | undefined, keepdims: boolean) => Value;

function reduction(apply: Reduce): CaseOf {
  return (draw) => {
    const dims = draw.shape(1, 4);
    const axes = draw.boolean() ? undefined : draw.axes(dims.length, 1);
    const keepdims = draw.boolean();
    return {
      inputs: [draw.floats(dims)],
      build: (g, [x]) => [apply(g, x as Value, axes, keepdims)],
      free: 'all',
    };
  };
}

function argument(operator: 'ArgMax' | 'ArgMin'): CaseOf {
  return (draw) => {
    const dims = draw.shape(1, 4);
    const attributes = { axis: draw.axis(dims.length), keepdims: draw.integer(0, 1) };
    return {
      inputs: [draw.floats(dims)],
      build: (g, [x]) => [g[operator](x as Value, attributes)],
      free: 'all',
    };
  };
}

function alongAxis(operator: 'Softmax' | 'LogSoftmax' | 'CumSum'): CaseOf {
  return (draw) => {
    const dims = draw.shape(1, 4);
    const axis = draw.axis(dims.length);
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g[operator](x as Value, axis)], free: 'all' };
  };
}

export const reductionCases = {
  ReduceSum: reduction((g, ...rest) => g.ReduceSum(...rest)),
  ReduceMean: reduction((g, ...rest) => g.ReduceMean(...rest)),
  ReduceMax: reduction((g, ...rest) => g.ReduceMax(...rest)),
  ReduceMin: reduction((g, ...rest) => g.ReduceMin(...rest)),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  CumSum: alongAxis('CumSum'),
  Softmax: alongAxis('Softmax'),
  LogSoftmax: alongAxis('LogSoftmax'),
  TopK: (draw) => {
    const dims = draw.shape(1, 3);
    const axis = draw.integer(0, dims.length - 1);
    const count = draw.integer(1, dims[axis] as number);
    return {
      inputs: [draw.floats(dims)],
      build: (g, [x]) => g.TopK(x as Value, count, { axis }),
      free: 'all',
    };
  },
  InstanceNormalization: (draw) => {
    const dims = draw.shape(3, 4);
    const channels = [dims[1] as number];
    return {
      inputs: [draw.floats(dims), draw.floats(channels), draw.floats(channels)],
      build: (g, [x, scale, bias]) => [g.InstanceNormalization(x as Value, scale as Value, bias as Value)],
      free: 'all',
    };
  },
  LayerNormalization: (draw) => {
    const dims = draw.shape(1, 4);
    const axis = draw.integer(0, dims.length - 1);
    const normalized = dims.slice(axis);
    return {
      inputs: [draw.floats(dims), draw.floats(normalized), draw.floats(normalized)],
      build: (g, [x, scale, bias]) => g.LayerNormalization(x as Value, scale as Value, bias, { axis }),
      free: 'all',
    };
  },
} as const satisfies Readonly<Record<string, CaseOf>>;
