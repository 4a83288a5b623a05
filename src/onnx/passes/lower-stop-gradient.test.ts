import { expect, it } from 'vitest';
import { repeat } from '../../testing/repeat.ts';
import { GraphBuilder } from '../builder.ts';
import { checkGraph } from '../check.ts';
import { printGraph } from '../print.ts';
import { lowerStopGradient } from './lower-stop-gradient.ts';

it('lets uses read the input, in bodies too, and keeps the names of outputs', () => {
  const g = new GraphBuilder('stopped');
  const x = g.input('x', 'float32', [2]);
  const stopped = g.StopGradient(g.StopGradient(x));
  const outputs = repeat(g, 3, [stopped], (b, [state = x]) => [b.StopGradient(b.Add(state, stopped))]);
  const { graph, modified } = lowerStopGradient(g.build([...outputs, g.StopGradient(g.Exp(x))]));
  checkGraph(graph);
  expect(modified).toBe(true);
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "stopped(x: float32[2]) {
      constant_1: int64[1] = [3]
      constant_2: bool[] = 1
      loop_1: float32[2] = Loop(constant_1, constant_2, x)
        stopped_step2(stopped_step2_iteration: int64[], stopped_step2_condition: bool[], stopped_step2_state0: float32[2]) {
          add_1: float32[2] = Add(stopped_step2_state0, x)
          stopgradient_3: float32[2] = Identity(add_1)
          return stopped_step2_condition, stopgradient_3
        }
      exp_1: float32[2] = Exp(x)
      stopgradient_4: float32[2] = Identity(exp_1)
      return loop_1, stopgradient_4
    }"
  `);
});

it('returns a graph without it as it is', () => {
  const g = new GraphBuilder('plain');
  const graph = g.build([g.Exp(g.input('x', 'float32', [2]))]);
  expect(lowerStopGradient(graph)).toEqual({ graph, modified: false });
  expect(lowerStopGradient(graph).graph).toBe(graph);
});
