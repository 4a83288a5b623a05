import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../../core/tensor.ts';
import { shapeText, symbol } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { expectClose } from '../../../testing/close.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { normals } from '../../../testing/samples.ts';
import { initializeNetwork } from '../../initialize.ts';
import { networkGraph } from '../../network-graph.ts';
import type { Scope } from '../../scope.ts';
import { describeNetwork } from '../../sources.ts';
import { attentionBlock } from './attention-block.ts';
import { normalized } from './normalized.ts';
import { doubled, halved } from './resampling.ts';
import { residualBlock } from './residual-block.ts';

type Build = (scope: Scope, x: Value) => Value;

function run(build: Build, x: Tensor, weights: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  return runWith(build, x, new Map(Object.entries(weights)));
}

function runWith(build: Build, x: Tensor, weights: ReadonlyMap<string, Tensor>): Promise<Tensor> {
  const input = { dtype: 'float32', shape: x.dims } as const;
  return evaluateOne(networkGraph('part', weights, { x: input }, build), { x });
}

/** A 3x3 kernel [1, 1, 3, 3] with a single one, at the given row and column. */
function only(row: number, column: number): Tensor {
  return float32(
    [1, 1, 3, 3],
    Array.from({ length: 9 }, (_, place) => (place === 3 * row + column ? 1 : 0)),
  );
}

const four = float32([1, 1, 4, 4], [...Array(16).keys()]);

describe('halved', () => {
  it('has the window of each place begin at the place itself, with zeros beyond the bottom and the right', async () => {
    const bias = float32([1], [0]);
    const at = (row: number, column: number) =>
      run(halved, four, { 'conv.weight': only(row, column), 'conv.bias': bias });
    expect(toNumbers(await at(0, 0))).toEqual([0, 2, 8, 10]);
    expect(toNumbers(await at(2, 2))).toEqual([10, 0, 0, 0]);
  });
});

describe('doubled', () => {
  it('repeats each pixel along both sides', async () => {
    const weights = { 'conv.weight': only(1, 1), 'conv.bias': float32([1], [0]) };
    const y = await run(doubled, float32([1, 1, 1, 2], [3, 5]), weights);
    expect(y.dims).toEqual([1, 1, 2, 4]);
    expect(toNumbers(y)).toEqual([3, 3, 5, 5, 3, 3, 5, 5]);
  });

  it('takes pictures of any size', () => {
    let text = '';
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [symbol('N'), 1, symbol('h'), symbol('w')]);
      text = shapeText(doubled(scope, x).shape);
    });
    expect(text).toBe('[N, 1, 2*h, 2*w]');
  });
});

describe('normalized', () => {
  it('keeps how bright a channel is beside others of its group, and forgets it of one by itself', async () => {
    const dark = normals([1, 4, 3, 3], 'maps');
    const bright = float32(
      dark.dims,
      dark.data.map((value, index) => value + (index < 9 ? 2 : 0)),
    );
    const weights = { weight: float32([4], [1, 1, 1, 1]), bias: float32([4], [0, 0, 0, 0]) };
    const difference = async (groups: number) => {
      const maps = [dark, bright].map((x) =>
        run((scope, value) => normalized(scope, value, groups), x, weights),
      );
      const [a, b] = (await Promise.all(maps)).map(toNumbers) as [number[], number[]];
      return Math.max(...a.map((value, index) => Math.abs(value - (b[index] as number))));
    };
    expect(await difference(4)).toBeLessThan(1e-4);
    expect(await difference(2)).toBeGreaterThan(0.5);
  });
});

describe('attentionBlock', () => {
  it('adds to each place the mean of the values, weighted by softmax of query times key', async () => {
    const channels = 32;
    const matrix = (seed: string) => {
      const { data } = normals([channels, channels, 1, 1], seed);
      return float32(
        [channels, channels, 1, 1],
        data.map((value) => value / 4),
      );
    };
    const bias = float32([channels], new Float32Array(channels));
    const [q, k, v] = [matrix('q'), matrix('k'), matrix('v')];
    const identity = float32(
      [channels, channels, 1, 1],
      Array.from({ length: channels ** 2 }, (_, at) => (at % (channels + 1) === 0 ? 1 : 0)),
    );
    const x = normals([1, channels, 1, 3], 'x');
    const weights = {
      'norm.weight': float32([channels], new Float32Array(channels).fill(1)),
      'norm.bias': bias,
      ...Object.fromEntries(
        Object.entries({ q, k, v, proj_out: identity }).flatMap(([name, weight]) => [
          [`${name}.weight`, weight],
          [`${name}.bias`, bias],
        ]),
      ),
    };
    expectClose(await run(attentionBlock, x, weights), attended(x, { q, k, v }), { rtol: 1e-4, atol: 1e-5 });
  });
});

/** Attention by its definition: with 32 channels each is normalised by itself, over its three places. */
function attended(x: Tensor, { q, k, v }: Readonly<Record<'q' | 'k' | 'v', Tensor>>): number[] {
  const [channels, places] = [32, 3];
  const rows = Array.from({ length: channels }, (_, c) => toNumbers(x).slice(places * c, places * (c + 1)));
  const inner = rows.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / places;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / places;
    return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-6));
  });
  const product = (weight: Tensor) => {
    const entries = toNumbers(weight);
    return rows.map((_, out) =>
      Array.from({ length: places }, (__, place) =>
        inner.reduce(
          (sum, row, c) => sum + (entries[out * channels + c] as number) * (row[place] as number),
          0,
        ),
      ),
    );
  };
  const [queries, keys, values] = [product(q), product(k), product(v)];
  const at = (matrix: readonly number[][], row: number, column: number) => matrix[row]?.[column] as number;
  return rows.flatMap((row, channel) =>
    row.map((value, asking) => {
      const powers = Array.from({ length: places }, (_, asked) =>
        Math.exp(
          queries.reduce((sum, __, c) => sum + at(queries, c, asking) * at(keys, c, asked), 0) /
            Math.sqrt(channels),
        ),
      );
      const total = powers.reduce((sum, power) => sum + power, 0);
      return (
        value + powers.reduce((sum, power, asked) => sum + (power / total) * at(values, channel, asked), 0)
      );
    }),
  );
}

describe('residualBlock', () => {
  it('adds the embedding before its second norm, which takes a shift of all channels of a group away', async () => {
    const x = normals([1, 64, 2, 2], 'x');
    const told = (embedding: Tensor) => (scope: Scope, features: Value) =>
      residualBlock(scope, features, { filters: 64, embedding: scope.graph.constant(embedding) });
    const [one, other] = [float32([1, 1], [1]), float32([1, 1], [-3])];
    const state = describeNetwork((scope) => told(one)(scope, scope.graph.input('x', 'float32', x.dims)));
    const weights = initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(4, 'block'));
    const run = (embedding: Tensor) => runWith(told(embedding), x, weights);
    weights.set('temb_proj.weight', normals([64, 1], 'shift'));
    expect(await run(other)).not.toEqual(await run(one));
    // Two channels a group: the same shift of both.
    weights.set(
      'temb_proj.weight',
      float32(
        [64, 1],
        Array.from({ length: 64 }, (_, channel) => channel >> 1),
      ),
    );
    expectClose(await run(other), await run(one), { rtol: 1e-3, atol: 1e-4 });
  });
});
