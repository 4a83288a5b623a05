import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { elementCount, float32, int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dimension.ts';
import { GraphError } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { networkGraph } from '../network-graph.ts';
import { Scope } from '../scope.ts';
import { boundSource, describeNetwork } from '../sources.ts';
import { type BatchNormOptions, batchNorm } from './batch-norm.ts';
import { groupNorm } from './group-norm.ts';
import { affineInstanceNorm, instanceNorm } from './instance-norm.ts';
import { layerNorm } from './layer-norm.ts';
import { hasBiasBefore, normalize } from './normalization.ts';
import { pictureNorm } from './picture-norm.ts';

const epsilon = 1e-5;

function randomTensor(...dims: number[]): Tensor<'float32'> {
  return float32(
    dims,
    Random.of(2, ...dims).fill(elementCount(dims), (stream) => 3 * stream.normal() + 1),
  );
}

interface Statistics {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

function statisticsOf(values: readonly number[]): Statistics {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  return { count, mean, variance };
}

/** Each value less the mean of its group, over the group's deviation; `group` names it by the flat index. */
function normalised(x: Tensor, group: (index: number) => number): number[] {
  const values = toNumbers(x);
  const statistics = values.map((_, index) =>
    statisticsOf(values.filter((_, other) => group(other) === group(index))),
  );
  return values.map((value, index) => {
    const { mean, variance } = statistics[index] as Statistics;
    return (value - mean) / Math.sqrt(variance + epsilon);
  });
}

function apply(
  x: Tensor,
  layer: (scope: Scope, x: Value) => Value,
  weights: Record<string, Tensor> = {},
): Promise<Tensor> {
  const graph = networkGraph(
    'test',
    new Map(Object.entries(weights)),
    { x: { dtype: 'float32', shape: x.dims } },
    layer,
  );
  return evaluateOne(graph, { x });
}

describe('instanceNorm', () => {
  it('normalises each channel of each picture by itself', async () => {
    const x = randomTensor(2, 3, 4, 5);
    expectClose(
      await apply(x, instanceNorm),
      normalised(x, (index) => Math.floor(index / 20)),
    );
  });

  it('has nothing in the state_dict', () => {
    const state = describeNetwork((scope) =>
      instanceNorm(scope, scope.graph.input('x', 'float32', [1, 3, 4, 4])),
    );
    expect(state).toEqual({ parameters: [], buffers: [] });
  });
});

describe('affineInstanceNorm', () => {
  it('scales and shifts each channel of a normalised picture', async () => {
    const x = randomTensor(2, 2, 2, 3);
    const expected = normalised(x, (index) => Math.floor(index / 6)).map((value, index) =>
      Math.floor(index / 6) % 2 === 0 ? value : 3 * value - 1,
    );
    const weights = { weight: float32([2], [1, 3]), bias: float32([2], [0, -1]) };
    expectClose(await apply(x, affineInstanceNorm, weights), expected);
  });
});

describe('groupNorm', () => {
  const affine = { weight: float32([4], [1, 2, 3, 4]), bias: float32([4], [0, 1, 2, 3]) };

  it('normalises each group of channels, then scales each channel', async () => {
    const x = randomTensor(2, 4, 2, 3);
    const expected = normalised(x, (index) => Math.floor(index / 12)).map((value, index) => {
      const channel = Math.floor(index / 6) % 4;
      return value * (channel + 1) + channel;
    });
    const y = await apply(x, (scope, value) => groupNorm(scope, value, 2), affine);
    expect(y.dims).toEqual(x.dims);
    expectClose(y, expected);
  });

  it('adds its epsilon to the variance', async () => {
    const ones = { weight: float32([1], [1]), bias: float32([1], [0]) };
    const y = await apply(
      float32([1, 1, 1, 2], [-1, 1]),
      (scope, value) => groupNorm(scope, value, 1, 3),
      ones,
    );
    expectClose(y, [-0.5, 0.5]);
  });

  it('takes any number of pictures', () => {
    const shape = [symbol('N'), 4, 6, 5];
    const graph = networkGraph(
      'test',
      new Map(Object.entries(affine)),
      { x: { dtype: 'float32', shape } },
      (scope, x) => groupNorm(scope, x, 2),
    );
    expect(graph.outputs[0]?.shape).toEqual(shape);
  });

  it('refuses groups that do not divide the channels', () => {
    const build = (scope: Scope) => groupNorm(scope, scope.graph.input('x', 'float32', [1, 4, 2, 2]), 3);
    expect(() => describeNetwork(build)).toThrow(/3 groups do not divide 4 channels/);
  });
});

describe('layerNorm', () => {
  it('normalises the last axis, then scales its entries', async () => {
    const x = randomTensor(2, 3, 4);
    const expected = normalised(x, (index) => Math.floor(index / 4)).map(
      (value, index) => value * (1 + (index % 4)) - (index % 4),
    );
    const weights = { weight: float32([4], [1, 2, 3, 4]), bias: float32([4], [0, -1, -2, -3]) };
    expectClose(await apply(x, layerNorm, weights), expected);
  });
});

describe('pictureNorm', () => {
  it('normalises each picture as a whole, then scales each channel', async () => {
    const x = randomTensor(2, 3, 2, 3);
    const expected = normalised(x, (index) => Math.floor(index / 18)).map((value, index) => {
      const channel = Math.floor(index / 6) % 3;
      return value * (channel + 1) - channel;
    });
    const weights = { weight: float32([3, 1, 1], [1, 2, 3]), bias: float32([3, 1, 1], [0, -1, -2]) };
    const y = await apply(x, pictureNorm, weights);
    expect(y.dims).toEqual(x.dims);
    expectClose(y, expected);
  });
});

describe('batchNorm', () => {
  const weights: Record<string, Tensor> = {
    weight: float32([3], [1, 2, -1]),
    bias: float32([3], [0.5, 0, 1]),
    running_mean: float32([3], [1, 0, -1]),
    running_var: float32([3], [4, 1, 0.25]),
    num_batches_tracked: int64([], [7]),
  };

  /** One application in training; the outputs are y and the updated buffers. */
  async function train(x: Tensor, times = 1, options: BatchNormOptions = {}) {
    const graph = new GraphBuilder('test');
    const bound = new Map(
      Object.entries(weights).map(([name, tensor]) => [name, graph.constant(tensor, name)]),
    );
    const updated = new Map<string, Value>();
    const scope = new Scope(
      graph,
      boundSource(bound, (name, value) => updated.set(name, value)),
      { training: true },
    );
    const input = graph.input('x', 'float32', x.dims);
    const outputs = Array.from({ length: times }, () => batchNorm(scope, input, options));
    const results = await evaluate(graph.build([...outputs, ...updated.values()]), { x });
    const read = (value: Value | undefined) => results[value?.name ?? ''] as Tensor;
    return { y: read(outputs.at(-1)), buffer: (name: string) => toNumbers(read(updated.get(name))) };
  }

  /** Scaled and shifted by the weight and bias of its channel; `area` values lie side by side. */
  function affine(values: readonly number[], area: number): number[] {
    const [scale, shift] = [toNumbers(weights.weight as Tensor), toNumbers(weights.bias as Tensor)];
    return values.map((value, index) => {
      const channel = Math.floor(index / area) % 3;
      return value * (scale[channel] as number) + (shift[channel] as number);
    });
  }

  const shapes = [
    { dims: [2, 3, 2, 2], area: 4 },
    { dims: [5, 3], area: 1 },
  ];

  it.each(shapes)('uses the statistics of the batch in training: $dims', async ({ dims, area }) => {
    const x = randomTensor(...dims);
    const { y } = await train(x);
    const expected = affine(
      normalised(x, (index) => Math.floor(index / area) % 3),
      area,
    );
    expectClose(y, expected, { rtol: 1e-5, atol: 1e-5 });
  });

  it.each(shapes)(
    'moves the running statistics by a tenth, variance unbiased: $dims',
    async ({ dims, area }) => {
      const x = randomTensor(...dims);
      const { buffer } = await train(x);
      for (const channel of [0, 1, 2]) {
        const own = toNumbers(x).filter((_, index) => Math.floor(index / area) % 3 === channel);
        const { count, mean, variance } = statisticsOf(own);
        const [oldMean, oldVariance] = [[1, 0, -1][channel], [4, 1, 0.25][channel]] as [number, number];
        expect(buffer('running_mean')[channel]).toBeCloseTo(0.9 * oldMean + 0.1 * mean, 5);
        const unbiased = (variance * count) / (count - 1);
        expect(buffer('running_var')[channel]).toBeCloseTo(0.9 * oldVariance + 0.1 * unbiased, 5);
      }
      expect(buffer('num_batches_tracked')).toEqual([8]);
    },
  );

  it('moves them twice when a network is applied twice', async () => {
    const x = randomTensor(4, 3);
    const { buffer } = await train(x, 2);
    const { mean } = statisticsOf(toNumbers(x).filter((_, index) => index % 3 === 0));
    expect(buffer('running_mean')[0]).toBeCloseTo(0.81 * 1 + 0.19 * mean, 5);
    expect(buffer('num_batches_tracked')).toEqual([9]);
  });

  it('uses the running statistics in evaluation', async () => {
    const x = randomTensor(2, 3, 2, 2);
    const standardised = toNumbers(x).map((value, index) => {
      const channel = Math.floor(index / 4) % 3;
      const [mean, variance] = [[1, 0, -1][channel], [4, 1, 0.25][channel]] as [number, number];
      return (value - mean) / Math.sqrt(variance + epsilon);
    });
    expectClose(await apply(x, batchNorm, weights), affine(standardised, 4));
  });

  it('goes without weight and bias', async () => {
    const x = randomTensor(5, 3);
    const { y } = await train(x, 1, { affine: false });
    expectClose(
      y,
      normalised(x, (index) => index % 3),
      { rtol: 1e-5, atol: 1e-5 },
    );
  });

  it.each([
    { shape: [1, 3], what: 'one value a channel' },
    { shape: [symbol('N'), 3], what: 'an unknown batch' },
  ])('refuses to train on $what', ({ shape }) => {
    const graph = new GraphBuilder('test');
    const bound = new Map(
      Object.entries(weights).map(([name, tensor]) => [name, graph.constant(tensor, name)]),
    );
    const scope = new Scope(graph, boundSource(bound), { training: true });
    const x = graph.input('x', 'float32', shape);
    expect(() => batchNorm(scope, x)).toThrow(GraphError);
  });
});

describe('normalize', () => {
  it('leaves x alone when there is no norm, where the published networks have no bias either', () => {
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [2, 3, 4, 4]);
      expect(normalize(scope, x, 'none')).toBe(x);
    });
    expect((['instance', 'batch', 'none'] as const).map(hasBiasBefore)).toEqual([true, false, false]);
  });
});
