import { describe, expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { modeSeekingLoss } from './mode-seeking.ts';

async function loss(codes: readonly [Tensor, Tensor], pictures: readonly [Tensor, Tensor]): Promise<number> {
  const g = new GraphBuilder('mode seeking');
  const input = (name: string, { dims }: Tensor) => g.input(name, 'float32', dims);
  const modes = {
    codes: [input('z1', codes[0]), input('z2', codes[1])],
    pictures: [input('i1', pictures[0]), input('i2', pictures[1])],
  } as const;
  const graph = g.build([modeSeekingLoss(g, modes)]);
  const feeds = { z1: codes[0], z2: codes[1], i1: pictures[0], i2: pictures[1] };
  return toNumbers(await evaluateOne(graph, feeds))[0] as number;
}

const codes = [float32([1, 2], [1, -1]), float32([1, 2], [0, 3])] as const;
const picture = (...values: number[]) => float32([1, 1, 1, values.length], values);

describe('modeSeekingLoss', () => {
  it('is the distance of the codes over that of the pictures', async () => {
    // Codes are (1 + 4) / 2 apart on the mean, pictures (0.5 + 0 + 0.25) / 3.
    const pictures = [picture(0, 0.5, 1), picture(0.5, 0.5, 0.75)] as const;
    expect(await loss(codes, pictures)).toBeCloseTo(2.5 / 0.25, 2);
  });

  it('is large and finite where two codes make the same picture', async () => {
    expect(await loss(codes, [picture(0, 0.5), picture(0, 0.5)])).toBeCloseTo(1e5, -2);
  });
});
