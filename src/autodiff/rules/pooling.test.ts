import fc from 'fast-check';
import type { Value } from '../../onnx/ir.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { distinct, distinctSpacing, normals } from '../../testing/samples.ts';
import { dims, seeds } from '../../testing/shapes.ts';
import { poolingRules } from './pooling.ts';

const axis = fc.integer({ min: 1, max: 3 }).chain((kernel) =>
  fc.record({
    kernel: fc.constant(kernel),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    // ONNX Runtime wants less padding than kernel.
    padBegin: fc.nat(kernel - 1),
    padEnd: fc.nat(kernel - 1),
    extra: fc.nat(5),
  }),
);
type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never;

const pools = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 3 }),
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
  countPadding: fc.nat(1),
  seed: seeds,
});

function attributesOf(axes: readonly Axis[]) {
  return {
    kernel_shape: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)],
  };
}

function inputSize({ kernel, dilation, padBegin, padEnd, extra }: Axis): number {
  return Math.max(1, dilation * (kernel - 1) + 1 - padBegin - padEnd) + extra;
}

describeRules(poolingRules, {
  AveragePool: [
    family(pools, ({ batch, channels, axes, countPadding, seed }) => ({
      inputs: [normals([batch, channels, ...axes.map(inputSize)], seed)],
      build: (g, [x]) =>
        g.AveragePool(x as Value, { ...attributesOf(axes), count_include_pad: countPadding }),
      form: 'linear',
    })),
  ],
  MaxPool: [
    family(pools, ({ batch, channels, axes, seed }) => ({
      inputs: [distinct([batch, channels, ...axes.map(inputSize)], seed)],
      build: (g, [x]) => g.MaxPool(x as Value, attributesOf(axes))[0],
      form: 'linear',
      step: distinctSpacing / 8,
    })),
  ],
  GlobalAveragePool: [
    family(fc.record({ dims: dims({ min: 3, max: 5 }), seed: seeds }), ({ dims, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) => g.GlobalAveragePool(x as Value),
      form: 'linear',
    })),
  ],
});
