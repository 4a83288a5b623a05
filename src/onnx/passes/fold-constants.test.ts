import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor, tensor, zeros } from '../../core/tensor.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { repeat } from '../../testing/repeat.ts';
import { GraphBuilder } from '../builder.ts';
import { checkGraph } from '../check.ts';
import { symbol } from '../dimension.ts';
import type { Value } from '../ir.ts';
import { printGraph } from '../print.ts';
import { foldConstants } from './fold-constants.ts';

const x = float32([2, 3], [1, -2, 0.1, -0, 1e-40, 3e38]);
const halves = tensor('float64', [3], Float64Array.of(0.5, -1e300, 3));
const whole = int64([2, 3], [5, -7, 0, 2 ** 40, -1, 3]);
const small = tensor('int32', [3], Int32Array.of(2 ** 31 - 1, -5, 2));

type Build = (g: GraphBuilder, inputs: readonly Value[]) => Value;
interface Case {
  readonly inputs: readonly Tensor[];
  readonly build: Build;
}

const foldable: Readonly<Record<string, Case>> = {
  Reshape: { inputs: [x], build: (g, [a]) => g.Reshape(a as Value, [3, -1]) },
  Unsqueeze: { inputs: [whole], build: (g, [a]) => g.Unsqueeze(a as Value, [0, 3]) },
  Squeeze: { inputs: [float32([1, 2, 1], [1, 2])], build: (g, [a]) => g.Squeeze(a as Value, [0, -1]) },
  Expand: { inputs: [float32([2, 1], [1, 2])], build: (g, [a]) => g.Expand(a as Value, [3, 1, 4]) },
  'Slice with negative positions': {
    inputs: [whole],
    build: (g, [a]) =>
      g.Slice(a as Value, { starts: [-5, -1], ends: [1, -9], axes: [0, -1], steps: [1, -2] }),
  },
  'Slice of nothing': {
    inputs: [x],
    build: (g, [a]) => g.Slice(a as Value, { starts: [5], ends: [9], axes: [0] }),
  },
  'Gather along the last axis': {
    inputs: [x, int64([2, 2], [0, -1, 2, 2])],
    build: (g, [a, at]) => g.Gather(a as Value, at as Value, -1),
  },
  'Gather with a scalar': {
    inputs: [whole, int64([], [1])],
    build: (g, [a, at]) => g.Gather(a as Value, at as Value, 0),
  },
  Concat: {
    inputs: [x, float32([2, 1], [8, 9])],
    build: (g, [a, b]) => g.Concat([a as Value, b as Value], -1),
  },
  ConstantOfShape: { inputs: [], build: (g) => g.ConstantOfShape(g.integers([2, 3]), int64([1], [-4])) },
  'Neg of float32': { inputs: [x], build: (g, [a]) => g.Neg(a as Value) },
  'Neg of int64': { inputs: [whole], build: (g, [a]) => g.Neg(a as Value) },
  'Cast of int64 to float32': { inputs: [whole], build: (g, [a]) => g.Cast(a as Value, 'float32') },
  'Cast of float32 to int64': {
    inputs: [float32([3], [1.9, -1.9, 0])],
    build: (g, [a]) => g.Cast(a as Value, 'int64'),
  },
  'Cast of float32 to bool': { inputs: [x], build: (g, [a]) => g.Cast(a as Value, 'bool') },
  'Cast of float64 to float32': { inputs: [halves], build: (g, [a]) => g.Cast(a as Value, 'float32') },
};

const broadcasting: readonly (readonly [Tensor, Tensor])[] = [
  [x, float32([3], [0.1, 0.3, -7])],
  [float32([2, 1, 1], [1 / 3, -5]), x],
  [halves, tensor('float64', [1], Float64Array.of(0.1))],
  [whole, int64([2, 1], [3, -2])],
  [small, tensor('int32', [], Int32Array.of(3))],
];

/** The folded result, and what ONNX Runtime computes when the same tensors are fed. */
async function bothWays({ inputs, build }: Case): Promise<{ folded: Tensor | undefined; computed: Tensor }> {
  const constants = new GraphBuilder('constants');
  const { graph } = foldConstants(
    constants.build({
      y: build(
        constants,
        inputs.map((input) => constants.constant(input)),
      ),
    }),
  );
  checkGraph(graph);
  const fed = new GraphBuilder('fed');
  const values = inputs.map((input, index) => fed.input(`x${index}`, input.dtype, input.dims));
  const feeds = Object.fromEntries(inputs.map((input, index) => [`x${index}`, input]));
  const { y } = await evaluate(fed.build({ y: build(fed, values) }), feeds);
  const producer = graph.outputs[0]?.producer;
  return { folded: producer?.inputs[0]?.constant, computed: y as Tensor };
}

async function expectSameBits(folding: Case): Promise<void> {
  const { folded, computed } = await bothWays(folding);
  expect(folded?.dtype).toBe(computed.dtype);
  expect(folded?.dims).toEqual(computed.dims);
  expect(bytesOf(folded as Tensor)).toEqual(bytesOf(computed));
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

describe('folds to the bits that ONNX Runtime computes', () => {
  it.each(Object.entries(foldable))('%s', async (_, folding) => {
    await expectSameBits(folding);
  });

  it.each(['Add', 'Sub', 'Mul', 'Div'] as const)('%s', async (operator) => {
    for (const inputs of broadcasting) {
      await expectSameBits({ inputs, build: (g, [a, b]) => g[operator](a as Value, b as Value) });
    }
  });

  it('Div of any floats', async () => {
    const floats = fc.array(fc.float({ noNaN: true }), { minLength: 64, maxLength: 64 });
    await fc.assert(
      fc.asyncProperty(floats, floats, async (left, right) => {
        const inputs = [
          float32([64], left),
          float32(
            [64],
            right.map((value) => value || 1),
          ),
        ];
        await expectSameBits({ inputs, build: (g, [a, b]) => g.Div(a as Value, b as Value) });
      }),
      { numRuns: 20 },
    );
  });

  it('Transpose of any order', async () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    await fc.assert(
      fc.asyncProperty(order, async (perm) => {
        const inputs = [counting([2, 3, 1, 4])];
        await expectSameBits({ inputs, build: (g, [a]) => g.Transpose(a as Value, perm) });
      }),
      { numRuns: 10 },
    );
  });
});

function counting(dims: readonly number[]): Tensor {
  return float32(
    dims,
    zeros('float32', dims).data.map((_, index) => index),
  );
}

it('folds sizes that inference knows, of inputs and in bodies', () => {
  const g = new GraphBuilder('sizes');
  const input = g.input('x', 'float32', [symbol('N'), 4]);
  const width = g.Gather(g.Shape(input), g.integers([1]), 0);
  const [final] = repeat(g, 2, [input], (b, [state]) => [
    b.Mul(state as Value, b.Cast(b.Mul(width, 2), 'float32')),
  ]);
  const { graph, modified } = foldConstants(
    g.build([final as Value, g.Reshape(input, g.Concat([g.integers([-1]), width], 0))]),
  );
  checkGraph(graph);
  expect(modified).toBe(true);
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "sizes(x: float32[N, 4]) {
      constant_1: int64[1] = [1]
      constant_2: int64[1] = [2]
      constant_4: bool[] = 1
      constant_5: int64[1] = [-1]
      gather_1: int64[1] = [4]
      concat_1: int64[2] = [-1, 4]
      shape_1: int64[2] = Shape(x)
      loop_1: float32[N, 4] = Loop(constant_2, constant_4, x)
        sizes_step2(sizes_step2_iteration: int64[], sizes_step2_condition: bool[], sizes_step2_state0: float32[N, 4]) {
          constant_3: int64[] = 2
          mul_1: int64[1] = [8]
          cast_1: float32[1] = [8]
          mul_2: float32[N, 4] = Mul(sizes_step2_state0, cast_1)
          return sizes_step2_condition, mul_2
        }
      reshape_1: float32[N, 4] = Reshape(x, concat_1)
      return loop_1, reshape_1
    }"
  `);
  expect(foldConstants(graph).modified, 'a second time').toBe(false);
});

describe('leaves alone', () => {
  const left: Readonly<Record<string, Build>> = {
    'what depends on an input': (g, [a]) => g.Mul(a as Value, 2),
    'sizes that are not known': (g, [a]) => g.Shape(a as Value),
    'results of more than 1024 elements': (g) => g.Expand(g.scalar(1), [1025]),
    'named constants': (g) => g.Mul(g.constant(float32([1], [2]), 'weight'), 2),
    'a division of integers by zero': (g) => g.Div(g.integers([4]), g.integers([0])),
    'functions that rounding makes ambiguous': (g) => g.Exp(g.scalar(1)),
    'a Cast out of range': (g) => g.Cast(g.scalar(1e20), 'int64'),
    'an index out of range': (g) => g.Gather(g.constant(x), g.integers([7]), 0),
  };

  it.each(Object.entries(left))('%s', (_, build) => {
    const g = new GraphBuilder('left');
    const graph = g.build([build(g, [g.input('x', 'float32', [symbol('N')])])]);
    expect(foldConstants(graph)).toEqual({ graph, modified: false });
  });
});
