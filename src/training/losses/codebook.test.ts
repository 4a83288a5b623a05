import { describe, expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { lossGradient } from '../../testing/loss-gradient.ts';
import { codebookLoss, perplexity } from './codebook.ts';

describe('codebookLoss', () => {
  const features = float32([1, 2, 1, 1], [1, 2]);
  const entries = float32([1, 2, 1, 1], [4, 2]);

  it('weighs the way of the entries by beta, that of the features by 1', async () => {
    const g = new GraphBuilder('codebook');
    const z = g.input('z', 'float32', features.dims);
    const e = g.input('e', 'float32', entries.dims);
    const loss = codebookLoss(g, { features: z, entries: e }, 0.25);
    const outputs = { loss, ofZ: lossGradient(g, loss, z), ofE: lossGradient(g, loss, e) };
    const found = await evaluate(g.build(outputs), { z: features, e: entries });
    expect(Number(found.loss?.data[0])).toBeCloseTo(1.25 * (9 / 2), 6);
    expectClose(found.ofZ ?? features, float32([1, 2, 1, 1], [-3, 0]));
    expectClose(found.ofE ?? entries, float32([1, 2, 1, 1], [0.25 * 3, 0]));
  });
});

describe('perplexity', () => {
  const of = (counts: readonly number[]) => {
    const g = new GraphBuilder('perplexity');
    const input = g.input('counts', 'float32', [counts.length]);
    const graph = g.build([perplexity(g, input as Value)]);
    return evaluateOne(graph, { counts: float32([counts.length], counts) });
  };

  it('is the number of entries where all are taken alike', async () => {
    expectClose(await of([3, 3, 3, 3]), [4]);
    expectClose(await of([5, 0, 5, 0]), [2]);
  });

  it('is 1 where one is taken for all', async () => {
    expectClose(await of([0, 9, 0]), [1]);
  });

  it('is less than the number of entries where some are taken more', async () => {
    const [a, b] = [0.75, 0.25];
    expectClose(await of([3, 1]), [Math.exp(-a * Math.log(a) - b * Math.log(b))]);
  });
});
