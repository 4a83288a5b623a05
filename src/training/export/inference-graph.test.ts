import { describe, expect, it } from 'vitest';
import { tensor } from '../../core/tensor.ts';
import type { Graph } from '../../onnx/ir.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/index.ts';
import { floatOutputGraph, inferenceGraph, type PictureNetwork } from './inference-graph.ts';

/** Two pixels, side by side. */
const picture = tensor('uint8', [1, 1, 2, 3], Uint8Array.of(10, 20, 30, 255, 0, 128));

/** A network that gives back what it gets, of so many channels. */
const same = (inputChannels: number): PictureNetwork => ({
  name: 'same',
  weights: new Map(),
  inputChannels,
  sizeMultiple: 1,
  forward: (scope, x) => scope.graph.Identity(x),
});

async function run(graph: Graph) {
  const session = await Session.create(serialize(graph), { provider: 'cpu', threads: 1 });
  const { translation } = await session.run({ picture });
  await session.dispose();
  return translation;
}

describe('inferenceGraph', () => {
  it.each([
    ['three as they are', 3, [10, 20, 30, 255, 0, 128]],
    ['two as red and green', 2, [10, 20, 0, 255, 0, 0]],
    // PIL: (19595 r + 38470 g + 7471 b + 32768) >> 16 is 18 and 91.
    ['one as grey', 1, [18, 18, 18, 91, 91, 91]],
  ])('takes and gives channels: %s', async (_, channels, bytes) => {
    const translation = await run(inferenceGraph(same(channels)));
    expect(translation).toMatchObject({ dtype: 'uint8', dims: [1, 1, 2, 3] });
    // Back from floats, a byte may be truncated to the one below.
    const data = [...(translation?.data ?? [])].map(Number);
    expect(
      Math.max(...data.map((value, index) => Math.abs(value - (bytes[index] as number)))),
    ).toBeLessThanOrEqual(1);
  });

  it('can leave the translation as the network gives it', async () => {
    const translation = await run(floatOutputGraph(same(2)));
    expect(translation).toMatchObject({ dtype: 'float32', dims: [1, 2, 1, 2] });
    expect(Number(translation?.data[1])).toBe(1);
  });
});
