import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../core/errors.ts';
import { float32, int64, type Tensor, toNumbers } from '../../../core/tensor.ts';
import { shapeText, symbol } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { lossGradient } from '../../../testing/loss-gradient.ts';
import { networkGraph } from '../../network-graph.ts';
import type { Scope } from '../../scope.ts';
import { describeNetwork } from '../../sources.ts';
import { vectorQuantizer } from './vector-quantizer.ts';

const quantizer = vectorQuantizer({ codebookSize: 4, codeDimension: 2 });
const codebook = float32([4, 2], [0, 0, 10, 0, 0, 10, 10, 0]);
/** Two places: (1, 2) is nearest to entry 0, (7, 3) to entries 1 and 3 alike. */
const features = float32([1, 2, 1, 2], [1, 7, 2, 3]);

function run(build: (scope: Scope, x: Value) => Value, x: Tensor = features): Promise<Tensor> {
  const weights = new Map([['embedding.weight', codebook]]);
  const input = { dtype: x.dtype, shape: x.dims } as const;
  return evaluateOne(networkGraph('quantizer', weights, { x: input }, build), { x });
}

describe('vectorQuantizer', () => {
  it('names the nearest entries, the first of equal ones', async () => {
    const indices = await run((scope, x) => quantizer.forward(scope, x).indices);
    expect(indices.dims).toEqual([1, 1, 2]);
    expect(toNumbers(indices)).toEqual([0, 1]);
  });

  it('gives the entries in place of the features', async () => {
    expectClose(
      await run((scope, x) => quantizer.forward(scope, x).entries),
      float32([1, 2, 1, 2], [0, 10, 0, 0]),
    );
    expectClose(
      await run((scope, x) => quantizer.forward(scope, x).straightThrough),
      float32([1, 2, 1, 2], [0, 10, 0, 0]),
    );
  });

  it('hands the gradient of what goes straight through to the features, as it is', async () => {
    const weight = float32([1, 2, 1, 2], [1, 2, 3, 4]);
    const slope = await run((scope, x) => {
      const { graph: g } = scope;
      const { straightThrough } = quantizer.forward(scope, x);
      const loss = g.ReduceSum(g.Mul(straightThrough, g.constant(weight)), undefined, false);
      return lossGradient(g, loss, x);
    });
    expectClose(slope, weight);
  });

  it('hands the gradient of entries to the codebook, added up where one is taken twice', async () => {
    const slope = await run(
      (scope, x) => {
        const { graph: g } = scope;
        const book = scope.child('embedding').parameter({
          name: 'weight',
          shape: [4, 2],
          role: 'embedding',
          fanIn: 4,
          fanOut: 2,
        });
        const { entries } = quantizer.forward(scope, x);
        return lossGradient(g, g.ReduceSum(entries, undefined, false), book);
      },
      float32([2, 2, 1, 2], [1, 7, 2, 3, 8, 0, 1, 9]),
    );
    expectClose(slope, float32([4, 2], [1, 1, 2, 2, 1, 1, 0, 0]));
  });

  it('looks entries up by their indices', async () => {
    const indices = int64([1, 2, 1], [2, 3]);
    expectClose(
      await run((scope, x) => quantizer.entries(scope, x), indices),
      float32([1, 2, 2, 1], [0, 10, 10, 0]),
    );
  });

  it('counts how often each entry is taken', async () => {
    const indices = int64([2, 1, 2], [2, 0, 2, 2]);
    expect(toNumbers(await run((scope, x) => quantizer.counts(scope, x), indices))).toEqual([1, 0, 3, 0]);
  });

  it('takes maps of any size', () => {
    let shapes: string[] = [];
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [symbol('N'), 2, symbol('h'), symbol('w')]);
      const { indices, straightThrough } = quantizer.forward(scope, x);
      shapes = [indices, straightThrough].map(({ shape }) => shapeText(shape));
    });
    expect(shapes).toEqual(['[N, h, w]', '[N, 2, h, w]']);
  });

  it('refuses features that are no longer or shorter than an entry', () => {
    const build = (scope: Scope) => quantizer.forward(scope, scope.graph.input('x', 'float32', [1, 3, 2, 2]));
    expect(() => describeNetwork(build)).toThrow(InvalidArgumentError);
    expect(() => describeNetwork(build)).toThrow(
      'entries of the codebook have 2 numbers, the features 3 channels',
    );
  });
});
