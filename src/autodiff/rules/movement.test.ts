import fc from 'fast-check';
import { expect, it } from 'vitest';
import { float32, type Tensor } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { normals } from '../../testing/samples.ts';
import { axesOf, axisOf, broadcastable, dims, seeds } from '../../testing/shapes.ts';
import { gradients } from '../backward.ts';
import { movementRules } from './movement.ts';

const anyShape = dims({ min: 0, max: 4 });

const permutations = dims({ min: 1, max: 5 }, 3).chain((shape) =>
  fc.record({
    dims: fc.constant(shape),
    perm: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    seed: seeds,
  }),
);

const concatenations = dims({ min: 1, max: 4 }, 3).chain((shape) =>
  fc.record({
    dims: fc.constant(shape),
    axis: axisOf(shape.length),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    seed: seeds,
  }),
);

const withSize = (shape: readonly number[], axis: number, size: number) =>
  shape.map((old, at) => (at === (axis + shape.length) % shape.length ? size : old));

/** Any start and end, also beyond the axis, as long as something is left. */
const slices = dims({ min: 1, max: 4 }, 5).chain((shape) =>
  axesOf(shape.length).chain((axes) =>
    fc.record({
      dims: fc.constant(shape),
      ranges: fc.tuple(...axes.map((axis) => range(axis, shape.at(axis) as number))),
      seed: seeds,
    }),
  ),
);

function range(axis: number, size: number) {
  const bound = fc.integer({ min: -size - 2, max: size + 2 });
  const far = fc.constantFrom(Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER);
  return fc
    .record({
      axis: fc.constant(axis),
      start: bound,
      end: fc.oneof({ weight: 4, arbitrary: bound }, { weight: 1, arbitrary: far }),
      step: fc.constantFrom(1, 1, 2, 3, -1, -2),
    })
    .filter(({ start, end, step }) => places(size, start, end, step) > 0);
}

/** How many places numpy's start:end:step names. */
function places(size: number, start: number, end: number, step: number): number {
  const along = Array.from({ length: size }, (_, place) => (step > 0 ? place : size - 1 - place));
  const [first, last] = [start < 0 ? start + size : start, end < 0 ? end + size : end];
  return along.filter((place) => (step > 0 ? place >= first && place < last : place <= first && place > last))
    .length;
}

const blocks = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 2 }),
  height: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 3 }),
  blocksize: fc.integer({ min: 1, max: 3 }),
  mode: fc.constantFrom('DCR', 'CRD', undefined),
  seed: seeds,
});

describeRules(movementRules, {
  Shape: 'zero gradient',
  Reshape: [
    family(
      fc.record({ dims: anyShape, split: fc.integer({ min: 1, max: 3 }), seed: seeds }),
      ({ dims, split, seed }) => ({
        inputs: [normals([...dims, split], seed)],
        build: (g, [x]) => g.Reshape(x as Value, [split, -1]),
        form: 'linear',
      }),
    ),
  ],
  Unsqueeze: [
    family(fc.record({ dims: dims({ min: 0, max: 3 }), seed: seeds }), ({ dims, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) => g.Unsqueeze(x as Value, [0, -1]),
      form: 'linear',
    })),
  ],
  Squeeze: [
    family(fc.record({ dims: dims({ min: 1, max: 3 }), seed: seeds }), ({ dims, seed }) => ({
      inputs: [normals([1, ...dims, 1], seed)],
      build: (g, [x]) => g.Squeeze(x as Value, [-1, 0]),
      form: 'linear',
    })),
  ],
  Transpose: [
    family(permutations, ({ dims, perm, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) => g.Transpose(x as Value, perm),
      form: 'linear',
    })),
    family(fc.record({ dims: anyShape, seed: seeds }), ({ dims, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) => g.append('Transpose', [x]),
      form: 'linear',
    })),
  ],
  Expand: [
    family(fc.record({ shapes: broadcastable(2), seed: seeds }), ({ shapes, seed }) => ({
      inputs: [normals(shapes[0] as number[], seed)],
      build: (g, [x]) => g.Expand(x as Value, shapes[1] as number[]),
      form: 'linear',
    })),
  ],
  Concat: [
    family(concatenations, ({ dims, axis, sizes, seed }) => ({
      inputs: sizes.map((size, index) => normals(withSize(dims, axis, size), seed, index)),
      build: (g, parts) => g.Concat(parts, axis),
      form: 'linear',
    })),
  ],
  Split: [
    family(concatenations, ({ dims, axis, sizes, seed }) => ({
      inputs: [
        normals(
          withSize(
            dims,
            axis,
            sizes.reduce((sum, size) => sum + size, 0),
          ),
          seed,
        ),
      ],
      // Every second part is used, so that some have no cotangent.
      build: (g, [x]) => g.Split(x as Value, sizes, axis).filter((_, index) => index % 2 === 0),
      form: 'linear',
    })),
  ],
  Slice: [
    family(slices, ({ dims, ranges, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) =>
        g.Slice(x as Value, {
          starts: ranges.map(({ start }) => start),
          ends: ranges.map(({ end }) => end),
          axes: ranges.map(({ axis }) => axis),
          steps: ranges.map(({ step }) => step),
        }),
      form: 'linear',
    })),
    family(fc.record({ seed: seeds }), ({ seed }) => ({
      inputs: [normals([3, 4], seed)],
      build: (g, [x]) => g.append('Slice', [x, g.integers([1, 0]), g.integers([3, 3])]),
      form: 'linear',
    })),
  ],
  Tile: [
    family(
      dims({ min: 1, max: 4 }, 3).chain((shape) =>
        fc.record({
          dims: fc.constant(shape),
          repeats: fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 3 }))),
          seed: seeds,
        }),
      ),
      ({ dims, repeats, seed }) => ({
        inputs: [normals(dims, seed)],
        build: (g, [x]) => g.Tile(x as Value, repeats),
        form: 'linear',
      }),
    ),
  ],
  DepthToSpace: [
    family(blocks, ({ batch, channels, height, width, blocksize, mode, seed }) => ({
      inputs: [normals([batch, channels * blocksize ** 2, height, width], seed)],
      build: (g, [x]) => g.DepthToSpace(x as Value, { blocksize, mode }),
      form: 'linear',
    })),
  ],
  SpaceToDepth: [
    family(blocks, ({ batch, channels, height, width, blocksize, seed }) => ({
      inputs: [normals([batch, channels, height * blocksize, width * blocksize], seed)],
      build: (g, [x]) => g.SpaceToDepth(x as Value, { blocksize }),
      form: 'linear',
    })),
  ],
  ConstantOfShape: 'not differentiable',
});

it('an empty slice has a gradient of zeros', async () => {
  const g = new GraphBuilder('empty');
  const x = g.input('x', 'float32', [2, 3]);
  const nothing = g.Slice(x, { starts: [2], ends: [2], axes: [1] });
  const [slope] = gradients(g, g.ReduceSum(g.Concat([nothing, x], 1)), [x]) as [Value];
  const run = await evaluate(g.build({ slope }), { x: float32([2, 3], [1, 2, 3, 4, 5, 6]) });
  expectClose(run.slope as Tensor, [1, 1, 1, 1, 1, 1]);
});

it('an unused part of a Split needs no cotangent of its own', () => {
  const g = new GraphBuilder('split');
  const x = g.input('x', 'float32', [4]);
  const [, second] = g.Split(x, [1, 3], 0) as [Value, Value];
  const [slope] = gradients(g, g.ReduceSum(second), [x]) as [Value];
  expect(slope.shape).toEqual([4]);
});
