import { expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { repeat } from '../../testing/repeat.ts';
import { GraphBuilder } from '../builder.ts';
import { checkGraph } from '../check.ts';
import { printGraph } from '../print.ts';
import { removeUnused } from './remove-unused.ts';

it('drops nodes, constants and optional outputs that no output needs', () => {
  const g = new GraphBuilder('pool');
  const x = g.input('x', 'float32', [1, 2, 4, 4]);
  g.input('unread', 'float32', [1]);
  g.Exp(g.Add(x, g.constant(float32([1], [2]), 'unused weight')));
  const [pooled] = g.MaxPool(x, { kernel_shape: [2, 2], strides: [2, 2] });
  const { graph, modified } = removeUnused(g.build([g.Tanh(pooled)]));
  checkGraph(graph);
  expect(modified).toBe(true);
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "pool(x: float32[1, 2, 4, 4], unread: float32[1]) {
      maxpool_1: float32[1, 2, 2, 2] = MaxPool(x) {kernel_shape=[2, 2], strides=[2, 2]}
      tanh_1: float32[1, 2, 2, 2] = Tanh(maxpool_1)
      return tanh_1
    }"
  `);
});

it('keeps what a body reads, and cleans the body', () => {
  const g = new GraphBuilder('loop');
  const x = g.input('x', 'float32', [2]);
  const read = g.Exp(x);
  const readByDeadNode = g.Log(x);
  const outputs = repeat(g, 3, [x], (b, [state = x]) => {
    b.Mul(state, readByDeadNode);
    return [b.Add(state, read)];
  });
  const { graph } = removeUnused(g.build(outputs));
  checkGraph(graph);
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "loop(x: float32[2]) {
      constant_1: int64[1] = [3]
      constant_2: bool[] = 1
      exp_1: float32[2] = Exp(x)
      loop_1: float32[2] = Loop(constant_1, constant_2, x)
        loop_step2(loop_step2_iteration: int64[], loop_step2_condition: bool[], loop_step2_state0: float32[2]) {
          add_1: float32[2] = Add(loop_step2_state0, exp_1)
          return loop_step2_condition, add_1
        }
      return loop_1
    }"
  `);
});

it('leaves a graph alone in which everything is used', () => {
  const g = new GraphBuilder('clean');
  const x = g.input('x', 'float32', [1, 2, 4, 4]);
  const graph = g.build(g.MaxPool(x, { kernel_shape: [2, 2] }));
  expect(removeUnused(graph).modified).toBe(false);
  expect(removeUnused(graph).graph).toBe(graph);
});
