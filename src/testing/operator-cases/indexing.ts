import { int64 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CaseOf, Draw } from './draw.ts';

/** Indices that name no place twice: one for each of the first axis, as ScatterND's result is otherwise open. */
function rows(draw: Draw, size: number) {
  const chosen = draw.axes(size, 1);
  return int64([chosen.length, 1], chosen);
}

export const indexingCases = {
  Gather: (draw) => {
    const dims = draw.shape(1, 3);
    const axis = draw.axis(dims.length);
    return {
      inputs: [draw.floats(dims), draw.indices(draw.shape(0, 2), dims.at(axis) as number)],
      build: (g, [x, at]) => [g.Gather(x as Value, at as Value, axis)],
      free: 'all',
    };
  },
  GatherElements: (draw) => {
    const dims = draw.shape(1, 3);
    const axis = draw.axis(dims.length);
    const asked = dims.with(axis, draw.integer(1, 4));
    return {
      inputs: [draw.floats(dims), draw.indices(asked, dims.at(axis) as number)],
      build: (g, [x, at]) => [g.GatherElements(x as Value, at as Value, axis)],
      free: 'all',
    };
  },
  GatherND: (draw) => {
    const dims = draw.shape(2, 4);
    const batch_dims = draw.integer(0, 1);
    const depth = draw.integer(1, dims.length - batch_dims);
    const lowest = Math.min(...dims.slice(batch_dims, batch_dims + depth));
    const outer = [...dims.slice(0, batch_dims), draw.integer(1, 4)];
    return {
      inputs: [draw.floats(dims), draw.indices([...outer, depth], lowest)],
      build: (g, [x, at]) => [g.GatherND(x as Value, at as Value, { batch_dims })],
      free: batch_dims === 0 ? dims.map((_, axis) => axis) : [],
    };
  },
  ScatterElements: (draw) => {
    const dims = draw.shape(1, 3);
    const axis = draw.axis(dims.length);
    const asked = dims.with(axis, draw.integer(1, 4));
    const reduction = draw.oneOf('add', 'max');
    return {
      inputs: [draw.floats(dims), draw.indices(asked, dims.at(axis) as number), draw.floats(asked)],
      build: (g, [x, at, by]) => [
        g.ScatterElements(x as Value, at as Value, by as Value, { axis, reduction }),
      ],
      free: 'all',
    };
  },
  ScatterND: (draw) => {
    const dims = draw.shape(1, 3);
    const at = rows(draw, dims[0] as number);
    const reduction = draw.oneOf('none', 'add');
    return {
      inputs: [draw.floats(dims), at, draw.floats([at.dims[0] as number, ...dims.slice(1)])],
      build: (g, [x, places, by]) => [g.ScatterND(x as Value, places as Value, by as Value, { reduction })],
      free: [0],
    };
  },
  OneHot: (draw) => {
    const dims = draw.shape(1, 3);
    const depth = draw.integer(1, 5);
    const axis = draw.axis(dims.length + 1);
    return {
      inputs: [draw.indices(dims, depth)],
      build: (g, [at]) => [g.OneHot(at as Value, depth, { axis })],
      free: 'all',
    };
  },
} as const satisfies Readonly<Record<string, CaseOf>>;
