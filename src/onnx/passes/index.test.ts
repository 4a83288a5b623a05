import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, type Tensor, zeros } from '../../core/tensor.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { Draw } from '../../testing/operator-cases/draw.ts';
import { operatorCases } from '../../testing/operator-cases/index.ts';
import { repeat } from '../../testing/repeat.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Value } from '../ir.ts';
import { operatorNames } from '../operators/index.ts';
import { printGraph } from '../print.ts';
import { optimize } from './index.ts';

describe('optimize', () => {
  it('lets one pass make work for the next, until none is left', () => {
    const g = new GraphBuilder('chained');
    const x = g.input('x', 'float32', [2, 3]);
    const one = g.Add(g.constant(zeros('float32', [])), 1);
    const rows = g.Slice(g.Shape(x), { starts: [0], ends: [1], axes: [0] });
    const same = g.Reshape(g.Mul(x, one), g.Concat([rows, g.integers([3])], 0));
    const graph = optimize(g.build({ y: g.Sub(g.Exp(same), g.Exp(x)) }));
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "chained(x: float32[2, 3]) {
        exp_1: float32[2, 3] = Exp(x)
        sub_1: float32[2, 3] = Sub(exp_1, exp_1)
        y: float32[2, 3] = Identity(sub_1)
        return y
      }"
    `);
    expect(optimize(graph)).toBe(graph);
  });

  it('leaves results as they are, in and around bodies', async () => {
    const g = new GraphBuilder('loop');
    const x = g.input('x', 'float32', [2]);
    const doubled = () => g.Mul(g.Mul(x, 1), g.Cast(g.Shape(x), 'float32'));
    const unused = g.Log(x);
    const outputs = repeat(g, 2, [doubled()], (b, [state]) => {
      const next = b.Add(b.Mul(b.Identity(state as Value), 1), doubled());
      b.Add(unused, next);
      return [next, b.Exp(x), b.Exp(x)];
    });
    const names = ['final', 'scan', 'scanAgain'] as const;
    const original = g.build(Object.fromEntries(names.map((name, index) => [name, outputs[index] as Value])));
    const optimized = optimize(original);
    expect(countNodes(optimized)).toBeLessThan(countNodes(original) - 5);
    const feeds = { x: float32([2], [3, -1]) };
    const [expected, actual] = [await evaluate(original, feeds), await evaluate(optimized, feeds)];
    for (const name of names)
      expectClose(actual[name] as Tensor, expected[name] as Tensor, { rtol: 0, atol: 0 });
  });

  it('leaves the results of any operator as they are, whether its inputs are fed or constant', async () => {
    const property = fc.asyncProperty(
      fc.gen(),
      fc.constantFrom(...operatorNames),
      async (generate, operator) => {
        const { inputs, build } = operatorCases[operator](new Draw(generate));
        const g = new GraphBuilder('case');
        const constants = build(
          g,
          inputs.map((input) => g.constant(input)),
        );
        const again = build(
          g,
          inputs.map((input) => g.constant(input)),
        );
        const graph = g.build(
          Object.fromEntries([...constants, ...again].map((value, index) => [`y${index}`, value])),
        );
        const optimized = optimize(graph);
        // Two Loops are never merged.
        if (operator !== 'Loop') expect(countNodes(optimized)).toBeLessThan(countNodes(graph));
        const [expected, actual] = [await evaluate(graph), await evaluate(optimized)];
        for (const [name, value] of Object.entries(expected)) {
          expectClose(actual[name] as Tensor, value, { rtol: 0, atol: 0 });
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('takes time in proportion to the graph', () => {
    const timeOf = (length: number) => {
      const graph = chain(length);
      const begin = performance.now();
      expect(optimize(graph).nodes).toHaveLength(length);
      return performance.now() - begin;
    };
    timeOf(1000);
    expect(timeOf(16_000) / timeOf(2000)).toBeLessThan(40);
  });
});

/** `length` different nodes, each written twice. */
function chain(length: number): Graph {
  const g = new GraphBuilder('chain');
  let [x, y] = [g.input('x', 'float32', [4]), g.input('y', 'float32', [4])];
  for (let index = 0; index < length; index += 2) {
    [x, y] = [g.Add(g.Tanh(x), y), g.Add(y, g.Tanh(x))];
  }
  return g.build([x]);
}

function countNodes(graph: Graph): number {
  return graph.nodes.reduce((count, { attributes }) => {
    return count + 1 + (attributes.body === undefined ? 0 : countNodes(attributes.body as Graph));
  }, 0);
}
