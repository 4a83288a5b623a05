import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/backward.ts';
import { type GradientRules, gradientRules } from '../autodiff/rules/index.ts';
import { float32, int64 } from '../core/tensor.ts';
import { patchSampler } from '../nn/networks/patch-sampler.ts';
import { Scope } from '../nn/scope.ts';
import { boundSource } from '../nn/sources.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { expectClose } from '../testing/close.ts';
import { evaluateOne } from '../testing/evaluate-one.ts';
import { gradcheck } from '../testing/gradcheck.ts';
import { normals } from '../testing/samples.ts';
import { torchCpuRules } from './torch-cpu-instance-norm.ts';

/**
 * PyTorch 2.15.0 on the CPU: the gradient by x of (instance_norm(x).permute(0, 2, 3, 1).flatten(1, 2)[:, ids] * w).sum(),
 * and the same with the gradient of the norm made contiguous before its backward pass.
 */
const recorded = {
  x: float32([1, 2, 2, 3], [0.5, -1, 2, 0.25, 1.5, -0.75, 1, 0, -2, 0.5, 3, -1.5]),
  places: [5, 0, 3, 2],
  weights: float32([4, 2], [1, -0.5, 0.25, 2, -1.5, 0.75, 0.5, -2]),
  faulty: [
    0.114368, 1.737168, -0.127902, -0.113691, 0.336335, -1.946278, -0.954747, 0.493995, 0.209503, -0.003092,
    0.390404, -0.136062,
  ],
  contiguous: [
    0.192868, -0.057522, 0.443259, -1.421135, -0.023686, 0.866216, 0.96789, 0.018554, -0.667939, 0.341699,
    -0.769979, 0.109775,
  ],
};

type Network = (g: GraphBuilder, x: Value) => Value;

const normalize: Network = (g, x) => {
  const channels = x.shape[1] as number;
  const all = (value: number) => g.constant(float32([channels], new Float32Array(channels).fill(value)));
  return g.InstanceNormalization(x, all(1), all(0));
};

/** Features at the recorded places, one row a place. */
function rowsOf(g: GraphBuilder, map: Value, places = recorded.places): Value {
  const [pictures, channels] = map.shape as [number, number];
  const flat = g.Reshape(map, [pictures, channels, -1]);
  const taken = g.Gather(flat, g.constant(int64([places.length], places)), 2);
  return g.Reshape(g.Transpose(taken, [0, 2, 1]), [-1, channels]);
}

async function gradientOf(rules: GradientRules, network: Network, x = recorded.x) {
  const g = new GraphBuilder('gradient');
  const input = g.input('x', 'float32', x.dims);
  const rows = network(g, input);
  const weights = normals(rows.shape as readonly number[], 'weights');
  const loss = g.ReduceSum(g.Mul(rows, g.constant(weights)), undefined, false);
  return evaluateOne(g.build(gradients(g, loss, [input], undefined, rules)), { x });
}

async function recordedGradient(rules: GradientRules) {
  const g = new GraphBuilder('recorded');
  const x = g.input('x', 'float32', recorded.x.dims);
  const loss = g.ReduceSum(g.Mul(rowsOf(g, normalize(g, x)), g.constant(recorded.weights)), undefined, false);
  return evaluateOne(g.build(gradients(g, loss, [x], undefined, rules)), { x: recorded.x });
}

describe('the gradient of instance norm behind the patch sampler', () => {
  it('of ours is what PyTorch gives for a contiguous gradient', async () => {
    expectClose(await recordedGradient(gradientRules), recorded.contiguous, { atol: 2e-6 });
  });

  it('of ours agrees with finite differences, and the imitated one does not', async () => {
    const sampled = {
      inputs: [normals([1, 3, 4, 4], 'x')],
      build: (g: GraphBuilder, [x]: readonly Value[]) => rowsOf(g, normalize(g, x as Value)),
      form: 'smooth',
    } as const;
    await gradcheck(sampled);
    await expect(gradcheck(sampled, torchCpuRules)).rejects.toThrow('finite differences');
  });

  it('as PyTorch has it at batch 1 is imitated to the last recorded digit', async () => {
    expectClose(await recordedGradient(torchCpuRules), recorded.faulty, { atol: 2e-6 });
  });
});

describe('the imitation', () => {
  const differs = async (network: Network, x = normals([1, 3, 4, 4], 'x')) => {
    const [ours, theirs] = [
      await gradientOf(gradientRules, network, x),
      await gradientOf(torchCpuRules, network, x),
    ];
    const furthest = Math.max(
      ...(ours.data as Float32Array).map((value, at) => Math.abs(value - Number(theirs.data[at]))),
    );
    return furthest > 1e-3;
  };
  const mirror = (g: GraphBuilder, x: Value) =>
    g.Slice(x, { starts: [-1], ends: [-Number.MAX_SAFE_INTEGER], axes: [3], steps: [-1] });

  it('reaches the norm through mirrored features', async () => {
    expect(await differs((g, x) => rowsOf(g, mirror(g, normalize(g, x))))).toBe(true);
  });

  it('reaches the norms of earlier residual blocks along their skips', async () => {
    // The sampler's gradient reaches `first` by the skip before the gradient of the branch does.
    const blocks: Network = (g, x) => {
      const first = g.Add(x, normalize(g, x));
      return g.Add(first, g.Relu(first));
    };
    expect(await differs((g, x) => rowsOf(g, blocks(g, x)))).toBe(true);
  });

  it('goes by the gradient that arrives first', async () => {
    // Built behind the sampler, the other use of the feature is differentiated before it.
    const build: Network = (g, x) => {
      const feature = normalize(g, x);
      const rows = rowsOf(g, feature);
      return g.Add(rows, g.ReduceMean(g.Tanh(feature)));
    };
    expect(await differs(build)).toBe(false);
  });

  it('reaches each picture of a batch by itself', async () => {
    const x = normals([2, 3, 4, 4], 'x');
    const both = await gradientOf(torchCpuRules, (g, value) => rowsOf(g, normalize(g, value)), x);
    const halves = await gradientOf(
      torchCpuRules,
      (g, value) => {
        const [a, b] = g.Split(value, [1, 1], 0) as [Value, Value];
        return g.Concat([rowsOf(g, normalize(g, a)), rowsOf(g, normalize(g, b))], 0);
      },
      x,
    );
    expectClose(both, halves, { atol: 1e-6 });
  });

  it('leaves a norm alone whose gradient comes out of a ReLU or a convolution', async () => {
    expect(await differs((g, x) => rowsOf(g, g.Relu(normalize(g, x))))).toBe(false);
    const weight = normals([3, 3, 1, 1], 'weight');
    expect(await differs((g, x) => rowsOf(g, g.Conv(normalize(g, x), g.constant(weight))))).toBe(false);
  });

  it('leaves a norm alone that no patch sampler follows', async () => {
    expect(await differs((g, x) => g.Mul(normalize(g, x), x))).toBe(false);
  });

  it('knows the features that our patch sampler takes', async () => {
    const sampler = patchSampler({ projection: false });
    const sampled: Network = (g, x) => {
      const scope = new Scope(g, boundSource(new Map()));
      return sampler.forward(scope, [normalize(g, x)], [g.constant(int64([4], [5, 0, 3, 2]))])[0] as Value;
    };
    expect(await differs(sampled)).toBe(true);
  });
});
