import fc from 'fast-check';
import type { Value } from '../../onnx/ir.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { normals } from '../../testing/samples.ts';
import { seeds } from '../../testing/shapes.ts';
import { convolutionRules } from './convolution.ts';

const upTo = (max: number, min = 1) => fc.integer({ min, max });

/** One spatial axis; `extra` is what the input has beyond one window. */
const axis = fc.record({
  kernel: upTo(3),
  stride: upTo(3),
  dilation: upTo(2),
  padBegin: upTo(2, 0),
  padEnd: upTo(2, 0),
  extra: upTo(5, 0),
  outputPadding: upTo(2, 0),
});
type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never;

const convolutions = fc.record({
  batch: upTo(3),
  group: upTo(3),
  inputsInGroup: upTo(3),
  outputsInGroup: upTo(3),
  bias: fc.boolean(),
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
  seed: seeds,
});

/** The everyday case, drawn more often than chance would: stride 1, one group, more or fewer outputs than inputs. */
const plain = fc.record({
  batch: upTo(2),
  group: fc.constant(1),
  inputsInGroup: upTo(4),
  outputsInGroup: upTo(4),
  bias: fc.boolean(),
  axes: fc.array(
    axis.map((any) => ({ ...any, stride: 1, outputPadding: 0 })),
    { minLength: 1, maxLength: 2 },
  ),
  seed: seeds,
});

const reach = ({ kernel, dilation }: Axis) => dilation * (kernel - 1) + 1;

function attributesOf(axes: readonly Axis[], group: number) {
  return {
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)],
    group,
  };
}

/** At least one window fits. */
function inputSize(axis: Axis): number {
  return Math.max(1, reach(axis) - axis.padBegin - axis.padEnd) + axis.extra;
}

/** ONNX Runtime wants less than the stride. */
function outputPadding({ stride, outputPadding }: Axis): number {
  return Math.min(outputPadding, stride - 1);
}

/** So many that something is left when the padding is cut off. */
function transposedInputSize(axis: Axis): number {
  const missing = axis.padBegin + axis.padEnd + 1 - reach(axis) - outputPadding(axis);
  return 1 + Math.max(0, Math.ceil(missing / axis.stride)) + axis.extra;
}

const forward = (parameters: typeof convolutions) =>
  family(parameters, ({ batch, group, inputsInGroup, outputsInGroup, bias, axes, seed }) => {
    const outputs = group * outputsInGroup;
    const kernel = axes.map((each) => each.kernel);
    const x = normals([batch, group * inputsInGroup, ...axes.map(inputSize)], seed, 'x');
    const w = normals([outputs, inputsInGroup, ...kernel], seed, 'w');
    return {
      inputs: [x, w, ...(bias ? [normals([outputs], seed, 'b')] : [])],
      build: (g, [input, weight, b]) => g.Conv(input as Value, weight as Value, b, attributesOf(axes, group)),
      form: 'linear',
    };
  });

const transposed = (parameters: typeof convolutions) =>
  family(parameters, ({ batch, group, inputsInGroup, outputsInGroup, bias, axes, seed }) => {
    const inputs = group * inputsInGroup;
    const kernel = axes.map((each) => each.kernel);
    const x = normals([batch, inputs, ...axes.map(transposedInputSize)], seed, 'x');
    const w = normals([inputs, outputsInGroup, ...kernel], seed, 'w');
    return {
      inputs: [x, w, ...(bias ? [normals([group * outputsInGroup], seed, 'b')] : [])],
      build: (g, [input, weight, b]) =>
        g.ConvTranspose(input as Value, weight as Value, b, {
          ...attributesOf(axes, group),
          output_padding: axes.map(outputPadding),
        }),
      form: 'linear',
    };
  });

describeRules(convolutionRules, {
  Conv: [forward(convolutions), forward(plain)],
  ConvTranspose: [transposed(convolutions), transposed(plain)],
});
