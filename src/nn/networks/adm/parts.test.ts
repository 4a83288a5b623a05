import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../../core/tensor.ts';
import type { Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { normals } from '../../../testing/samples.ts';
import { initializeNetwork } from '../../initialize.ts';
import { networkGraph } from '../../network-graph.ts';
import type { Scope } from '../../scope.ts';
import { describeNetwork } from '../../sources.ts';
import { type AttentionOrder, admAttention, attended } from './attention.ts';
import { attentionPool } from './attention-pool.ts';
import { type AdmBlockOptions, admResidualBlock } from './residual-block.ts';

type Build = (scope: Scope, ...inputs: Value[]) => Value;
type Weights = Map<string, Tensor>;

const declared = (inputs: readonly Tensor[]) =>
  Object.fromEntries(inputs.map(({ dims }, at) => [`x${at}`, { dtype: 'float32', shape: dims } as const]));

function weightsOf(build: Build, ...inputs: readonly Tensor[]): Weights {
  const state = describeNetwork((scope) =>
    build(scope, ...inputs.map(({ dims }, at) => scope.graph.input(`x${at}`, 'float32', dims))),
  );
  return initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(3, 'adm'));
}

function run(build: Build, weights: Weights, ...inputs: readonly Tensor[]): Promise<Tensor> {
  const feeds = Object.fromEntries(inputs.map((tensor, at) => [`x${at}`, tensor]));
  return evaluateOne(networkGraph('part', weights, declared(inputs), build), feeds);
}

/** Rows of a weight or bias in another order. */
function reordered({ dims, data }: Tensor, rows: readonly number[]): Tensor {
  const width = data.length / rows.length;
  const values = rows.flatMap((row) =>
    Array.from(data as Float32Array).slice(row * width, (row + 1) * width),
  );
  return float32(dims, values);
}

describe('attended', () => {
  it('is, in each head, the mean of the values weighted by softmax of query times key over sqrt(d)', async () => {
    const [queries, keys, values] = ['q', 'k', 'v'].map((key) => normals([1, 2, 3, 4], key));
    const y = await run(
      (scope, q, k, v) => attended(scope, { queries: q as Value, keys: k as Value, values: v as Value }),
      new Map(),
      queries as Tensor,
      keys as Tensor,
      values as Tensor,
    );
    expect(y.dims).toEqual([1, 6, 4]);
    const at = (tensor: Tensor | undefined, head: number, d: number, place: number) =>
      toNumbers(tensor as Tensor)[12 * head + 4 * d + place] as number;
    const places = [0, 1, 2, 3];
    const expected = [0, 1].flatMap((head) =>
      [0, 1, 2].flatMap((d) =>
        places.map((asking) => {
          const scores = places.map((place) =>
            Math.exp(
              [0, 1, 2].reduce((sum, c) => sum + at(queries, head, c, asking) * at(keys, head, c, place), 0) /
                Math.sqrt(3),
            ),
          );
          const total = scores.reduce((sum, score) => sum + score);
          return places.reduce(
            (sum, place) => sum + ((scores[place] as number) / total) * at(values, head, d, place),
            0,
          );
        }),
      ),
    );
    expectClose(y, expected, { rtol: 1e-4, atol: 1e-5 });
  });
});

describe('admAttention', () => {
  const [channels, count, size] = [32, 4, 8];
  const attention =
    (order: AttentionOrder): Build =>
    (scope, x) =>
      admAttention(scope, x as Value, { heads: { count }, order });

  it('differs by its order in nothing but the order of the rows', async () => {
    const x = normals([2, channels, 2, 3], 'x');
    const weights = weightsOf(attention('head-by-head'), x);
    const rows = [0, 1, 2].flatMap((part) =>
      Array.from({ length: channels }, (_, row) => {
        const head = Math.floor(row / size);
        return 3 * size * head + size * part + (row % size);
      }),
    );
    const moved = new Map(weights);
    for (const key of ['qkv.weight', 'qkv.bias']) moved.set(key, reordered(weights.get(key) as Tensor, rows));
    expectClose(
      await run(attention('part-by-part'), moved, x),
      await run(attention('head-by-head'), weights, x),
    );
    expect(await run(attention('part-by-part'), weights, x)).not.toEqual(
      await run(attention('head-by-head'), weights, x),
    );
  });

  it('refuses heads that do not divide the channels', () => {
    const build: Build = (scope, x) =>
      admAttention(scope, x as Value, { heads: { channels: 12 }, order: 'part-by-part' });
    expect(() => weightsOf(build, normals([1, channels, 2, 2], 'x'))).toThrow(
      '32 channels cannot be shared by heads of {"channels":12}',
    );
  });
});

describe('attentionPool', () => {
  it('asks by the mean alone, whatever the order of equal places', async () => {
    const build: Build = (scope, x) =>
      attentionPool(scope, x as Value, { headChannels: 2, side: 2, features: 3 });
    const x = normals([2, 4, 2, 2], 'x');
    const weights = weightsOf(build, x);
    weights.set('positional_embedding', float32([4, 5], new Float32Array(20)));
    const turned = float32(
      x.dims,
      x.data.map((_, at) => x.data[at % 4 === 0 ? at + 3 : at - 1] as number),
    );
    const y = await run(build, weights, x);
    expect(y.dims).toEqual([2, 3]);
    expectClose(await run(build, weights, turned), y);
    weights.set('positional_embedding', normals([4, 5], 'places'));
    expect(await run(build, weights, turned)).not.toEqual(await run(build, weights, x));
  });
});

describe('admResidualBlock', () => {
  const x = normals([2, 64, 4, 4], 'x');
  const embedding = normals([2, 6], 'embedding');
  const block =
    (options: AdmBlockOptions & { resampling?: 'down' | 'up'; filters?: number }): Build =>
    (scope, features, told) =>
      admResidualBlock(scope, features as Value, told as Value, { filters: 64, ...options });

  it.each([true, false])('is told the time, scaleShift %s', async (scaleShift) => {
    const build = block({ scaleShift });
    const weights = weightsOf(build, x, embedding);
    expect(weights.get('emb_layers.1.weight')?.dims).toEqual([scaleShift ? 128 : 64, 6]);
    const other = await run(build, weights, x, normals([2, 6], 'another'));
    expect(other).not.toEqual(await run(build, weights, x, embedding));
  });

  it('adds nothing while its last convolution is zero', async () => {
    const build = block({ scaleShift: true });
    const weights = weightsOf(build, x, embedding);
    weights.set('out_layers.3.weight', float32([64, 64, 3, 3], new Float32Array(64 * 64 * 9)));
    expectClose(await run(build, weights, x, embedding), x);
  });

  it('changes the size of what it keeps too', async () => {
    for (const [resampling, side] of [
      ['down', 2],
      ['up', 8],
    ] as const) {
      const build = block({ scaleShift: true, resampling, filters: 32 });
      const y = await run(build, weightsOf(build, x, embedding), x, embedding);
      expect(y.dims).toEqual([2, 32, side, side]);
    }
  });
});
