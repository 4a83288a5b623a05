import { expect, it } from 'vitest';
import { gradients } from '../autodiff/backward.ts';
import { float32, type Tensor, toNumbers } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { evaluateOne } from '../testing/evaluate-one.ts';
import { mixtures, undecidedUnits, withNudges } from './undecided-units.ts';

const inputs = (of: Record<string, number[]>) =>
  new Map<string, Tensor>(
    Object.entries(of).map(([name, values]) => [name, float32([values.length], values)]),
  );

it('finds units whose side of 0 hangs on the order, those of one value together', () => {
  const first = inputs({ a: [1, -0.125, 2], b: [-0.125, 0.25, -3] });
  const second = inputs({ a: [1.5, 0.5, 2], b: [0.5, -0.5, -1] });
  expect(undecidedUnits(first, second)).toEqual([
    [
      { node: 'a', element: 1, nudge: 1 },
      { node: 'b', element: 0, nudge: 1 },
    ],
    [{ node: 'b', element: 1, nudge: -1 }],
  ]);
  expect(undecidedUnits(first, first)).toEqual([]);
});

it('mixes groups in every way that no single order has', () => {
  const unit = (element: number) => [{ node: 'a', element, nudge: 1 }];
  const elements = (count: number) =>
    mixtures(Array.from({ length: count }, (_, index) => unit(index))).map((units) =>
      units.map(({ element }) => element),
    );
  expect(elements(0)).toEqual([]);
  expect(elements(1)).toEqual([]);
  expect(elements(2)).toEqual([[0], [1]]);
  expect(elements(3)).toEqual([[0], [1], [0, 1], [2], [0, 2], [1, 2]]);
});

it('moves the gradient of the named units only, and no value', async () => {
  const g = new GraphBuilder('units');
  const x = g.input('x', 'float32', [4]);
  const y = g.Relu(x);
  const node = (y.producer as NonNullable<Value['producer']>).name;
  const rules = withNudges([
    { node, element: 1, nudge: 1 },
    { node, element: 2, nudge: -1 },
    { node: 'another', element: 3, nudge: -1 },
  ]);
  const [gradient] = gradients(g, g.ReduceSum(y, undefined, false), [x], undefined, rules) as [Value];
  const both = g.build([g.Concat([y, gradient], 0)]);
  const values = toNumbers(await evaluateOne(both, { x: float32([4], [-1e-6, -1e-6, 1e-6, 1]) }));
  expect(values.slice(4)).toEqual([0, 1, 0, 1]);
  expect(values.slice(0, 4)).toEqual([0, 0, Math.fround(1e-6), 1]);
});
