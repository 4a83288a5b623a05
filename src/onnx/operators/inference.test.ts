import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../core/tensor.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { Draw, type OperatorCase } from '../../testing/operator-cases/draw.ts';
import { operatorCases } from '../../testing/operator-cases/index.ts';
import { resolveDim } from '../../testing/resolve-dim.ts';
import { GraphBuilder } from '../builder.ts';
import { type Dim, symbol } from '../dimension.ts';
import type { Graph } from '../ir.ts';
import { operatorNames } from './index.ts';

/** Sizes of the names that `symbolic` gives: equal sizes get one name, as they would in a network. */
const sizes = Object.fromEntries(Array.from({ length: 130 }, (_, size) => [`s${size}`, size]));

function symbolic(drawn: OperatorCase, input: number, axis: number): boolean {
  return drawn.free === 'all' || (input === 0 && drawn.free.includes(axis));
}

function graphOf(drawn: OperatorCase, dimOf: (size: number, input: number, axis: number) => Dim): Graph {
  const g = new GraphBuilder('case');
  const inputs = drawn.inputs.map(({ dtype, dims }, input) => {
    const shape = dims.map((size, axis) => dimOf(size, input, axis));
    return g.input(`x${input}`, dtype, shape);
  });
  return g.build(drawn.build(g, inputs));
}

function feedsOf({ inputs }: OperatorCase): Record<string, Tensor> {
  return Object.fromEntries(inputs.map((input, index) => [`x${index}`, input]));
}

const types = (graph: Graph) =>
  graph.outputs.map(({ dtype, shape }) => ({ dtype, dims: shape.map((dim) => resolveDim(dim, sizes)) }));

describe('inference gives the types that ONNX Runtime computes', () => {
  it.each(operatorNames)('%s', async (operator) => {
    const property = fc.asyncProperty(fc.gen(), async (generate) => {
      const drawn = operatorCases[operator](new Draw(generate));
      const known = graphOf(drawn, (size) => size);
      const open = graphOf(drawn, (size, input, axis) =>
        size > 1 && symbolic(drawn, input, axis) ? symbol(`s${size}`) : size,
      );
      const computed = await evaluate(open, feedsOf(drawn));
      const actual = open.outputs.map(({ name }) => computed[name] as Tensor);
      const expected = actual.map(({ dtype, dims }) => ({ dtype, dims: [...dims] }));
      expect(types(known)).toEqual(expected);
      expect(types(open)).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 15 });
  });
});
