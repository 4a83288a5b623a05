import { describe, it } from 'vitest';
import { float32, type Tensor } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { clippedGradients } from './gradient-clipping.ts';

async function clipped(limit: number | undefined, first: Tensor, second: Tensor): Promise<Tensor[]> {
  const g = new GraphBuilder('clipping');
  const gradients = [g.input('first', 'float32', first.dims), g.input('second', 'float32', second.dims)];
  const graph = g.build(clippedGradients(g, gradients, limit).map((value) => g.Identity(value)));
  const outputs = await evaluate(graph, { first, second });
  return graph.outputs.map(({ name }) => outputs[name] as Tensor);
}

// Together as long as (3, 4, 12): 13.
const [first, second] = [float32([2], [3, -4]), float32([1, 1], [12])];

describe('clippedGradients', () => {
  it('shortens all gradients by one factor, to the limit together', async () => {
    const [a, b] = (await clipped(6.5, first, second)) as [Tensor, Tensor];
    expectClose(a, [1.5, -2], { rtol: 1e-5 });
    expectClose(b, [6], { rtol: 1e-5 });
  });

  it('leaves them as they are up to the limit, or without one', async () => {
    for (const limit of [13.1, undefined]) {
      const [a, b] = (await clipped(limit, first, second)) as [Tensor, Tensor];
      expectClose(a, [3, -4], { rtol: 0 });
      expectClose(b, [12], { rtol: 0 });
    }
  });

  it('leaves gradients of 0 at 0', async () => {
    const [a, b] = (await clipped(5, float32([2], [0, 0]), float32([1], [0]))) as [Tensor, Tensor];
    expectClose(a, [0, 0], { rtol: 0 });
    expectClose(b, [0], { rtol: 0 });
  });
});
