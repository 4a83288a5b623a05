import { expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { repeat } from '../../testing/repeat.ts';
import { GraphBuilder } from '../builder.ts';
import { checkGraph } from '../check.ts';
import type { Graph } from '../ir.ts';
import { printGraph } from '../print.ts';
import { deduplicate } from './deduplicate.ts';

function checked(graph: Graph): string {
  const result = deduplicate(graph);
  checkGraph(result.graph);
  expect(result.modified).toBe(true);
  expect(deduplicate(result.graph).modified, 'a second time').toBe(false);
  return printGraph(result.graph);
}

it('merges equal nodes and equal constants, whatever the order of a sum', () => {
  const g = new GraphBuilder('repeated');
  const x = g.input('x', 'float32', [2, 2]);
  const once = g.Add(g.Reshape(x, [4]), g.constant(float32([1], [3])));
  const again = g.Add(g.constant(float32([1], [3])), g.Reshape(x, [4]));
  expect(checked(g.build([g.Sub(once, again)]))).toMatchInlineSnapshot(`
    "repeated(x: float32[2, 2]) {
      constant_1: int64[1] = [4]
      constant_2: float32[1] = [3]
      reshape_1: float32[4] = Reshape(x, constant_1)
      add_1: float32[4] = Add(reshape_1, constant_2)
      sub_1: float32[4] = Sub(add_1, add_1)
      return sub_1
    }"
  `);
});

it('merges nodes of several outputs, and tells attributes and left-out inputs apart', () => {
  const g = new GraphBuilder('splits');
  const x = g.input('x', 'float32', [4, 4]);
  const [a] = g.Split(x, [1, 3], 0);
  const [, b] = g.Split(x, [1, 3], 0);
  const [, c] = g.Split(x, [1, 3], 1);
  expect(checked(g.build([a ?? x, b ?? x, c ?? x].map(g.Exp)))).toMatchInlineSnapshot(`
    "splits(x: float32[4, 4]) {
      constant_1: int64[2] = [1, 3]
      split_1: float32[1, 4], split_2: float32[3, 4] = Split(x, constant_1) {axis=0}
      split_5: float32[4, 1], split_6: float32[4, 3] = Split(x, constant_1) {axis=1}
      exp_1: float32[1, 4] = Exp(split_1)
      exp_2: float32[3, 4] = Exp(split_2)
      exp_3: float32[4, 3] = Exp(split_6)
      return exp_1, exp_2, exp_3
    }"
  `);
});

it('keeps the names of outputs that turn out to be one value', () => {
  const g = new GraphBuilder('outputs');
  const x = g.input('x', 'float32', [2]);
  const graph = g.build({ first: g.Exp(x), second: g.Exp(x), third: g.Exp(x) });
  expect(checked(graph)).toMatchInlineSnapshot(`
    "outputs(x: float32[2]) {
      exp_1: float32[2] = Exp(x)
      first: float32[2] = Identity(exp_1)
      second: float32[2] = Identity(exp_1)
      third: float32[2] = Identity(exp_1)
      return first, second, third
    }"
  `);
});

it('merges within a body, not across bodies, and reads merged values of the outer graph', () => {
  const g = new GraphBuilder('loop');
  const x = g.input('x', 'float32', [2]);
  const [one, two] = [g.Exp(x), g.Exp(x)];
  const outputs = repeat(g, 3, [x], (b, [state = x]) => {
    const inside = b.Mul(b.Add(state, one), b.Add(state, two));
    return [b.Mul(inside, b.Exp(x))];
  });
  expect(checked(g.build(outputs))).toMatchInlineSnapshot(`
    "loop(x: float32[2]) {
      constant_1: int64[1] = [3]
      constant_2: bool[] = 1
      exp_1: float32[2] = Exp(x)
      loop_1: float32[2] = Loop(constant_1, constant_2, x)
        loop_step2(loop_step2_iteration: int64[], loop_step2_condition: bool[], loop_step2_state0: float32[2]) {
          add_1: float32[2] = Add(loop_step2_state0, exp_1)
          mul_1: float32[2] = Mul(add_1, add_1)
          exp_3: float32[2] = Exp(x)
          mul_2: float32[2] = Mul(mul_1, exp_3)
          return loop_step2_condition, mul_2
        }
      return loop_1
    }"
  `);
});

it('leaves different and named constants apart', () => {
  const g = new GraphBuilder('clean');
  const x = g.input('x', 'float32', [2]);
  const parameters = ['a', 'b'].map((name) => g.constant(float32([2], [0, 0]), name));
  const others = [g.constant(float32([2], [0, -0])), g.constant(float32([1, 2], [0, 0]))];
  const graph = g.build([[...parameters, ...others].reduce((sum, value) => g.Sub(sum, value), x)]);
  expect(deduplicate(graph)).toEqual({ graph, modified: false });
});
