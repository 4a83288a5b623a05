import { describe, expect, it } from 'vitest';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { gradcheck } from '../../testing/gradcheck.ts';
import { normals } from '../../testing/samples.ts';
import { undecidedLoss } from './undecided.ts';

async function loss(...logits: number[]): Promise<number> {
  const g = new GraphBuilder('undecided');
  const prediction = g.input('prediction', 'float32', [logits.length]);
  const graph = g.build([undecidedLoss(g, prediction)]);
  return toNumbers(await evaluateOne(graph, { prediction: float32([logits.length], logits) }))[0] as number;
}

describe('undecidedLoss', () => {
  it('is least, log 2, where the prediction is 1/2', async () => {
    expect(await loss(0)).toBeCloseTo(Math.LN2, 6);
    expect(await loss(0.1)).toBeGreaterThan(Math.LN2);
  });

  it('is the cross entropy against 1/2, the same for either side, as a mean', async () => {
    const entropy = (logit: number) => {
      const p = 1 / (1 + Math.exp(-logit));
      return -(Math.log(p) + Math.log(1 - p)) / 2;
    };
    expect(await loss(2, -3)).toBeCloseTo((entropy(2) + entropy(3)) / 2, 5);
  });

  it('stays finite for a discriminator that is certain', async () => {
    expect(await loss(200)).toBeCloseTo(100, 3);
    expect(await loss(-200)).toBeCloseTo(100, 3);
  });

  it('has the gradient of what it computes', async () => {
    await gradcheck({
      inputs: [normals([2, 5], 'prediction')],
      build: (g, [prediction]) => undecidedLoss(g, prediction as Value),
      form: 'smooth',
    });
  });
});
