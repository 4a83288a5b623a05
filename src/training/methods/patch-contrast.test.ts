import { expect, it } from 'vitest';
import { gradients } from '../../autodiff/backward.ts';
import { Random } from '../../core/random.ts';
import { float32, type Tensor, toNumbers, zeros } from '../../core/tensor.ts';
import { patchSampler } from '../../nn/networks/patch-sampler.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { normals } from '../../testing/samples.ts';
import { type Feed, StepBuilder } from '../step/step-builder.ts';
import { tinyMethod } from '../testing/tiny-method.ts';
import { patchContrast } from './patch-contrast.ts';

const sampler = patchSampler({ projection: false });

/** The contrast of two layers of given maps, and its gradient for the first layer's queries. */
async function contrastOf(maps: readonly Tensor[], patches: number) {
  const graph = new GraphBuilder('contrast');
  const feeds = new Map<string, Tensor>();
  const input = (name: string, tensor: Tensor) => {
    feeds.set(name, tensor);
    return graph.input(name, tensor.dtype, tensor.dims);
  };
  const builder = new StepBuilder({
    graph,
    method: tinyMethod(() => {}),
    state: new Map(),
    feed: (feed: Feed) => input(feed.name, feed.provide({} as never, Random.of(3, feed.name))),
    averageDecay: 0,
    update: false,
    learningRateAt: () => 1,
  });
  const values = maps.map((map, index) => input(`map${index}`, map));
  const loss = patchContrast(builder, {
    name: 'NCE',
    queries: values.slice(0, 2),
    keys: values.slice(2),
    sample: (features, positions) => sampler.forward(builder.network('none'), features, positions),
    patches,
    temperature: 0.5,
    pictures: 2,
    weight: 3,
  });
  const [gradient] = gradients(graph, loss, [values[0] as Value]) as [Value];
  const named = [graph.named('loss', loss), graph.named('gradient', gradient)];
  const outputs = await evaluate(graph.build(named), Object.fromEntries(feeds));
  const positions = [...feeds].filter(([name]) => name.startsWith('ids.'));
  return { loss: outputs.loss as Tensor, gradient: outputs.gradient as Tensor, positions };
}

const maps = [
  [2, 3, 2, 4],
  [2, 5, 2, 2],
  [2, 3, 2, 4],
  [2, 5, 2, 2],
].map((dims, index) => normals(dims, 'map', index));

it('draws different places for each layer, all of them where there are fewer than asked for', async () => {
  const { positions } = await contrastOf(maps, 6);
  expect(positions.map(([name, { dims }]) => [name, dims])).toEqual([
    ['ids.NCE.l0', [6]],
    ['ids.NCE.l1', [4]],
  ]);
  const [first, second] = positions.map(([, places]) => toNumbers(places)) as [number[], number[]];
  expect(new Set(first).size).toBe(6);
  expect(Math.max(...first)).toBeLessThan(8);
  expect([...second].sort()).toEqual([0, 1, 2, 3]);
});

it('is 0 where no other place could be taken for the right one', async () => {
  const one = maps.map(({ dims: [n, c] }, index) => normals([n as number, c as number, 1, 1], 'one', index));
  const { loss } = await contrastOf(one, 6);
  // One positive and the excluded diagonal: log(1 + exp((-10 - s) / tau)), which is all but 0.
  expectClose(loss, float32([], [0]), { atol: 1e-5 });
});

it('is the weighted mean over layers of the mean over places', async () => {
  const [both, first, second] = [
    await contrastOf(maps, 100),
    await contrastOf(
      [0, 0, 2, 2].map((index) => maps[index] as Tensor),
      100,
    ),
    await contrastOf(
      [1, 1, 3, 3].map((index) => maps[index] as Tensor),
      100,
    ),
  ].map(({ loss }) => toNumbers(loss)[0] as number) as [number, number, number];
  expect(both).toBeCloseTo((first + second) / 2, 5);
});

it('has a finite gradient where a map is all zeros', async () => {
  const [first, ...others] = maps as [Tensor, ...Tensor[]];
  const { loss, gradient } = await contrastOf([zeros('float32', first.dims), ...others], 6);
  const values = [...toNumbers(loss), ...toNumbers(gradient)];
  expect(values.filter((value) => !Number.isFinite(value))).toEqual([]);
});
