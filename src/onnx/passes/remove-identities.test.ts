import { expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import { checkGraph } from '../check.ts';
import { symbol } from '../dimension.ts';
import type { Value } from '../ir.ts';
import { printGraph } from '../print.ts';
import { removeIdentities } from './remove-identities.ts';

const unchanged: Readonly<Record<string, (g: GraphBuilder, x: Value) => Value>> = {
  Identity: (g, x) => g.Identity(x),
  'Reshape to the same shape': (g, x) => g.Reshape(x, g.Shape(x)),
  'Expand to the same shape': (g, x) => g.Expand(x, [1, 3]),
  'Tile once': (g, x) => g.Tile(x, [1, 1]),
  'Concat of one': (g, x) => g.Concat([x], 0),
  'Transpose to the same order': (g, x) => g.Transpose(x, [0, 1]),
  'Slice of everything': (g, x) => g.Slice(x, { starts: [0], ends: [2 ** 40], axes: [0] }),
  'Pad by nothing': (g, x) => g.Pad(x, [0, 0, 0, 0]),
  'times one': (g, x) => g.Mul(1, x),
  'over one': (g, x) => g.Div(x, g.constant(float32([3], [1, 1, 1]))),
  'plus minus zero': (g, x) => g.Add(x, -0),
  'minus zero': (g, x) => g.Sub(x, 0),
};

const changed: Readonly<Record<string, (g: GraphBuilder, x: Value) => Value>> = {
  'plus zero (-0 becomes +0)': (g, x) => g.Add(x, 0),
  'one minus': (g, x) => g.Sub(0, x),
  'one over': (g, x) => g.Div(1, x),
  'times one of more dimensions': (g, x) => g.Mul(x, g.constant(float32([1, 1, 1], [1]))),
  'times a named constant': (g, x) => g.Mul(x, g.constant(float32([], [1]), 'scale')),
  'Slice backwards': (g, x) => g.Slice(x, { starts: [-1], ends: [-(2 ** 53)], axes: [1], steps: [-1] }),
  'Pad moving elements': (g, x) => g.Pad(x, [0, 1, 0, -1]),
  'Transpose of equal sizes': (g, x) => g.Transpose(g.MatMul(g.Transpose(x, [1, 0]), x), [1, 0]),
};

it.each(Object.entries(unchanged))('takes out %s', (_, build) => {
  const g = new GraphBuilder('graph');
  const x = g.input('x', 'float32', [symbol('N'), 3]);
  const { graph, modified } = removeIdentities(g.build([g.Exp(build(g, x))]));
  checkGraph(graph);
  expect(modified).toBe(true);
  expect(graph.nodes.filter((node) => node.operator !== 'Shape')).toHaveLength(1);
  expect(graph.nodes.at(-1)?.inputs).toEqual([x]);
});

it.each(Object.entries(changed))('leaves %s', (_, build) => {
  const g = new GraphBuilder('graph');
  const graph = g.build([g.Exp(build(g, g.input('x', 'float32', [symbol('N'), 3])))]);
  expect(removeIdentities(graph).modified).toBe(false);
  expect(removeIdentities(graph).graph).toBe(graph);
});

it('keeps the names of outputs', () => {
  const g = new GraphBuilder('graph');
  const x = g.input('x', 'float32', [3]);
  const { graph } = removeIdentities(g.build({ same: x, y: g.Mul(g.Exp(x), 1) }));
  checkGraph(graph);
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "graph(x: float32[3]) {
      constant_1: float32[] = 1
      exp_1: float32[3] = Exp(x)
      same: float32[3] = Identity(x)
      y: float32[3] = Identity(exp_1)
      return same, y
    }"
  `);
  expect(removeIdentities(graph).modified).toBe(false);
});
