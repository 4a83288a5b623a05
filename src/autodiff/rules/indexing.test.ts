import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { elementCount, int64, type Tensor } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { integers, normals } from '../../testing/samples.ts';
import { axisOf, dims, seeds } from '../../testing/shapes.ts';
import { gradients } from '../backward.ts';
import { indexingRules } from './indexing.ts';

const gathers = dims({ min: 1, max: 4 }).chain((shape) =>
  fc.record({
    dims: fc.constant(shape),
    axis: axisOf(shape.length),
    indexDims: dims({ min: 0, max: 3 }, 3),
    narrow: fc.boolean(),
    seed: seeds,
  }),
);

/** Indices of any sign into an axis, with repetitions. */
function indicesInto(size: number, shape: readonly number[], seed: number): Tensor<'int64'> {
  return integers(shape, [-size, size], 'indices', seed);
}

const elements = dims({ min: 1, max: 3 }).chain((shape) =>
  fc.record({
    dims: fc.constant(shape),
    axis: axisOf(shape.length),
    count: fc.integer({ min: 1, max: 5 }),
    seed: seeds,
  }),
);

const withSize = (shape: readonly number[], axis: number, size: number) =>
  shape.map((old, at) => (at === (axis + shape.length) % shape.length ? size : old));

const tuples = fc.record({
  dims: dims({ min: 2, max: 4 }, 3),
  batchDims: fc.nat(2),
  depth: fc.integer({ min: 1, max: 4 }),
  indexDims: dims({ min: 0, max: 2 }, 3),
  seed: seeds,
});

/** [...batch, ...indexDims, depth], every column within its axis. */
function tuplesInto(
  shape: readonly number[],
  lead: readonly number[],
  axes: readonly number[],
  seed: number,
) {
  const random = Random.of(seed, 'tuples');
  const values = Array.from({ length: elementCount(lead) }, () =>
    axes.map((axis) => random.integer(2 * (shape[axis] as number)) - (shape[axis] as number)),
  );
  return int64([...lead, axes.length], values.flat());
}

/** Different places of the first `depth` axes, in any order. */
const placements = dims({ min: 1, max: 3 }, 3).chain((shape) =>
  fc.integer({ min: 1, max: shape.length }).chain((depth) =>
    fc.record({
      dims: fc.constant(shape),
      depth: fc.constant(depth),
      count: fc.integer({ min: 1, max: elementCount(shape.slice(0, depth)) }),
      seed: seeds,
    }),
  ),
);

function differentPlaces(
  shape: readonly number[],
  depth: number,
  count: number,
  seed: number,
): Tensor<'int64'> {
  const lead = shape.slice(0, depth);
  const chosen = Random.of(seed, 'places').permutation(elementCount(lead), count);
  const tuple = (place: number) =>
    lead.map((size, axis) => Math.floor(place / elementCount(lead.slice(axis + 1))) % size);
  return int64([count, depth], chosen.flatMap(tuple));
}

/** A permutation of the axis for every line along it, cut to `count`: no place twice. */
function differentElements(shape: readonly number[], axis: number, count: number, seed: number) {
  const at = (axis + shape.length) % shape.length;
  const after = elementCount(shape.slice(at + 1));
  const size = shape[at] as number;
  const dims = withSize(shape, at, count);
  const values = Array.from({ length: elementCount(dims) }, (_, flat) => {
    const line = Math.floor(flat / (after * count)) * after + (flat % after);
    return Random.of(seed, 'line', line).permutation(size)[Math.floor(flat / after) % count] as number;
  });
  return int64(dims, values);
}

const scatterElements = (reduction: 'none' | 'add' | undefined) =>
  family(elements, ({ dims, axis, count, seed }) => {
    const size = dims.at(axis) as number;
    const used = Math.min(count, size);
    const indices =
      reduction === 'add'
        ? indicesInto(size, withSize(dims, axis, used), seed)
        : differentElements(dims, axis, used, seed);
    return {
      inputs: [normals(dims, seed), normals(indices.dims, seed, 'updates')],
      build: (g, [x, updates]) =>
        g.ScatterElements(x as Value, g.constant(indices), updates as Value, { axis, reduction }),
      form: 'linear',
    };
  });

const scatterND = (reduction: 'none' | 'add' | undefined) =>
  family(placements, ({ dims, depth, count, seed }) => {
    const axes = Array.from({ length: depth }, (_, axis) => axis);
    const indices =
      reduction === 'add'
        ? tuplesInto(dims, [count, 2], axes, seed)
        : differentPlaces(dims, depth, count, seed);
    const updateDims = [...indices.dims.slice(0, -1), ...dims.slice(depth)];
    return {
      inputs: [normals(dims, seed), normals(updateDims, seed, 'updates')],
      build: (g, [x, updates]) =>
        g.ScatterND(x as Value, g.constant(indices), updates as Value, { reduction }),
      form: 'linear',
    };
  });

describeRules(indexingRules, {
  Gather: [
    family(gathers, ({ dims, axis, indexDims, narrow, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) => {
        const indices = g.constant(indicesInto(dims.at(axis) as number, indexDims, seed));
        return g.Gather(x as Value, narrow ? g.Cast(indices, 'int32') : indices, axis);
      },
      form: 'linear',
    })),
  ],
  GatherElements: [
    family(elements, ({ dims, axis, count, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) => {
        const indices = indicesInto(dims.at(axis) as number, withSize(dims, axis, count), seed);
        return g.GatherElements(x as Value, g.constant(indices), axis);
      },
      form: 'linear',
    })),
  ],
  GatherND: [
    family(tuples, ({ dims, batchDims, depth, indexDims, seed }) => {
      const batch_dims = Math.min(batchDims, dims.length - 1);
      const axes = [...dims.keys()].slice(batch_dims, batch_dims + depth);
      // Behind the batch axes there is at least the axis of the tuples.
      const indices = tuplesInto(dims, [...dims.slice(0, batch_dims), ...indexDims], axes, seed);
      return {
        inputs: [normals(dims, seed)],
        build: (g, [x]) => g.GatherND(x as Value, g.constant(indices), { batch_dims }),
        form: 'linear',
      };
    }),
  ],
  ScatterElements: [scatterElements('none'), scatterElements('add'), scatterElements(undefined)],
  ScatterND: [scatterND('none'), scatterND('add'), scatterND(undefined)],
  OneHot: 'not differentiable',
});

describe('other reductions', () => {
  it('are refused by name', () => {
    const g = new GraphBuilder('scatter');
    const x = g.input('x', 'float32', [3]);
    const y = g.ScatterND(x, g.constant(int64([1, 1], [0])), g.constant(normals([1])), { reduction: 'mul' });
    expect(() => gradients(g, g.ReduceSum(y), [x])).toThrow(
      'the gradient of a scatter with reduction "mul" is not supported',
    );
  });
});
