import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { int64 } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { operatorNames } from '../../onnx/operators/index.ts';
import { describeRules } from '../../testing/gradient-rules.ts';
import { gradients } from '../backward.ts';
import { controlRules } from './control.ts';
import { ruleTables } from './index.ts';

describeRules(controlRules, { StopGradient: 'zero gradient', Loop: 'not differentiable' });

describe('the table of gradient rules', () => {
  const covered = Object.values(ruleTables).flatMap((rules) => Object.keys(rules));

  it.each([...operatorNames])('%s stands in a table', (operator) => {
    expect(covered.filter((name) => name === operator)).toHaveLength(1);
  });

  // Each of those tests calls describeRules, which demands an expectation for every operator of its table.
  it.each(Object.keys(ruleTables))('the table %s has a test beside it', (table) => {
    const test = table === 'control' ? 'index' : table;
    expect(existsSync(new URL(`./${test}.test.ts`, import.meta.url))).toBe(true);
  });
});

it('Loop refuses a gradient, naming the node', () => {
  const g = new GraphBuilder('loop');
  const x = g.input('x', 'float32', [2]);
  const body = g.body('double');
  body.input('iteration', 'int64', []);
  const going = body.input('condition', 'bool', []);
  const carried = body.input('carried', 'float32', [2]);
  const [y] = g.Loop(g.constant(int64([1], [3])), [x], body.build([going, body.Mul(carried, 2)]));
  expect(() => gradients(g, g.ReduceSum(y as never), [x])).toThrow('Loop Loop_1 is not differentiable');
});
