import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { inOnePassUnlessBatchNorm } from './one-pass.ts';

function applied(normalization: 'instance' | 'batch', height = 4) {
  const g = new GraphBuilder('one pass');
  const batches = [g.input('a', 'float32', [2, 3, 4, 4]), g.input('b', 'float32', [2, 3, height, 4])];
  const seen: Value[] = [];
  const results = inOnePassUnlessBatchNorm(g, normalization, batches, (pictures) => {
    seen.push(pictures);
    return [g.Neg(pictures), g.ReduceMean(pictures, [2, 3])];
  });
  return { batches, seen, results };
}

describe('inOnePass', () => {
  it('takes the batches together and hands each its own part', () => {
    const { seen, results } = applied('instance');
    expect(seen.map(({ shape }) => shape)).toEqual([[4, 3, 4, 4]]);
    expect(results.map((outputs) => outputs.map(({ shape }) => shape))).toEqual([
      [
        [2, 3, 4, 4],
        [2, 3, 1, 1],
      ],
      [
        [2, 3, 4, 4],
        [2, 3, 1, 1],
      ],
    ]);
  });

  it('takes batches of different sizes one by one', () => {
    const { batches, seen } = applied('instance', 8);
    expect(seen).toEqual(batches);
  });

  it('takes them one by one where a batch norm would mix them', () => {
    const { batches, seen } = applied('batch');
    expect(seen).toEqual(batches);
  });
});
