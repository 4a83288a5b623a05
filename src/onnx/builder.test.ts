import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../core/tensor.ts';
import { expectClose } from '../testing/close.ts';
import { evaluate } from '../testing/evaluate.ts';
import { repeat } from '../testing/repeat.ts';
import { GraphBuilder } from './builder.ts';
import { type Dim, shapeText, symbol } from './dimension.ts';
import { typeText } from './errors.ts';
import type { Value } from './ir.ts';

const sizes: readonly Dim[] = [symbol('N'), 3, symbol('H'), symbol('W')];

/** A builder with one input x of float32. */
function start(shape: readonly Dim[] = sizes): { g: GraphBuilder; x: Value } {
  const g = new GraphBuilder('test');
  return { g, x: g.input('x', 'float32', shape) };
}

describe('constants', () => {
  it('makes a scalar once, in the data type of the operand beside it', () => {
    const { g, x } = start();
    const indices = g.Shape(x);
    expect(g.Add(x, 1).producer?.inputs[1]).toBe(g.Mul(1, x).producer?.inputs[0]);
    expect(g.Add(indices, 1).producer?.inputs[1]?.dtype).toBe('int64');
    expect(g.scalar(0)).not.toBe(g.scalar(-0));
    expect(() => g.scalar(1, 'float16')).toThrow('a number cannot become a float16 constant');
  });

  it('knows the contents of vectors of sizes', () => {
    const { g } = start();
    expect(g.constant(int64([2], [4, -1])).contents).toEqual([4, -1]);
    expect(g.constant(float32([1], [4])).contents).toBeUndefined();
  });
});

describe('names', () => {
  it('are refused when taken, and skipped when counted', () => {
    const { g, x } = start();
    g.input('exp_1', 'float32', [1]);
    expect(g.Exp(x).name).toBe('exp_2');
    expect(() => g.input('x', 'float32', [1])).toThrow('the name "x" is used twice in one graph');
    expect(() => g.body('body').input('x', 'float32', [1])).toThrow(
      'the name "x" is used twice in one graph',
    );
  });

  it("of outputs are the values' own or the ones given", async () => {
    const { g, x } = start([2]);
    const y = g.Exp(x);
    expect(g.build([y]).outputs.map(({ name }) => name)).toEqual(['exp_1']);
    const graph = g.build({ x, result: y, again: y });
    expect(graph.outputs.map(({ name }) => name)).toEqual(['x', 'result', 'again']);
    const outputs = await evaluate(graph, { x: float32([2], [0, 1]) });
    for (const name of ['result', 'again']) expectClose(outputs[name] ?? float32([0], []), [1, Math.E]);
  });
});

it('builds a graph that later nodes do not change', () => {
  const { g, x } = start();
  const graph = g.build([g.Exp(x)]);
  g.Log(x);
  expect(graph.nodes).toHaveLength(1);
  expect(g.appended).toHaveLength(2);
});

it('leaves out attributes that are undefined, and casts to the same type', () => {
  const { g, x } = start();
  const node = g.LeakyRelu(x, { alpha: undefined }).producer;
  expect(node?.attributes).toEqual({});
  expect(g.Cast(x, 'float32')).toBe(x);
});

describe('symbolic sizes', () => {
  it('pass through shape arithmetic', () => {
    const { g, x } = start();
    const flat = g.Reshape(
      x,
      g.Concat([g.Slice(g.Shape(x), { starts: [0], ends: [2], axes: [0] }), g.integers([-1])], 0),
    );
    expect(shapeText(flat.shape)).toBe('[N, 3, H*W]');
    expect(shapeText(g.Reshape(flat, g.Shape(x)).shape)).toBe('[N, 3, H, W]');
    expect(shapeText(g.Reshape(g.Transpose(x, [0, 2, 3, 1]), [-1, 3]).shape)).toBe('[H*N*W, 3]');
    const doubled = g.Mul(g.Shape(x), g.integers([1, 1, 2, 2]));
    expect(shapeText(g.Resize(x, doubled, { mode: 'nearest' }).shape)).toBe('[N, 3, 2*H, 2*W]');
    const less = g.Sub(g.Add(g.Gather(g.Shape(x), g.integers([2]), 0), 4), 1);
    expect(shapeText(g.ConstantOfShape(less, float32([1], [0])).shape)).toBe('[H + 3]');
  });

  it('of two computed in different ways are one', () => {
    const { g, x } = start();
    const wide = { starts: [0, 1], ends: [2 ** 31 - 1, -1], axes: [2, 3] };
    const cropped = g.Slice(g.Pad(x, [0, 0, 0, 2, 0, 0, 0, 1]), wide);
    expect(typeText(cropped)).toBe('float32[N, 3, H, W + 1]');
    expect(typeText(g.Concat([g.Pad(x, [0, 0, 0, 1, 0, 0, 0, 0]), cropped], 1))).toBe(
      'float32[N, 6, H, W + 1]',
    );
    expect(typeText(g.Slice(x, { starts: [-1], ends: [-(2 ** 40)], axes: [3], steps: [-1] }))).toBe(
      typeText(x),
    );
  });
});

describe('Loop', () => {
  it('takes a computed number of trips when nothing is collected', async () => {
    const { g, x } = start([2]);
    const trips = g.input('trips', 'int64', [1]);
    const body = g.body('body');
    const [, condition, state] = [
      body.input('i', 'int64', []),
      body.input('go', 'bool', []),
      body.input('state', 'float32', [2]),
    ];
    const [final] = g.Loop(trips, [x], body.build([condition, body.Mul(state, 2)]));
    const graph = g.build({ final: final as Value });
    const { final: value } = await evaluate(graph, { x: float32([2], [1, 3]), trips: int64([1], [4]) });
    expectClose(value ?? float32([0], []), [16, 48]);
  });

  it('may stand in a body, and use what stands around it', async () => {
    const { g, x } = start([2]);
    const [outer] = repeat(g, 2, [x], (b, [state]) => {
      const inner = b.body('inner');
      const [, condition, sum] = [
        inner.input('j', 'int64', []),
        inner.input('on', 'bool', []),
        inner.input('sum', 'float32', [2]),
      ];
      const end = inner.build([condition, inner.Add(sum, inner.Mul(state as Value, x))]);
      return b.Loop(b.integers([3]), [state as Value], end);
    });
    const { y } = await evaluate(g.build({ y: outer as Value }), { x: float32([2], [1, 2]) });
    expectClose(y ?? float32([0], []), [16, 98]);
  });
});
