import fc from 'fast-check';
import { float32 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { normals, uniforms } from '../../testing/samples.ts';
import { axisOf, dims, seeds } from '../../testing/shapes.ts';
import { normalizationRules } from './normalization.ts';

const alongAxis = dims({ min: 1, max: 4 }).chain((shape) =>
  fc.record({
    dims: fc.constant(shape),
    axis: fc.option(axisOf(shape.length), { nil: undefined }),
    seed: seeds,
  }),
);

const softmax = (operator: 'Softmax' | 'LogSoftmax') => [
  family(alongAxis, ({ dims, axis, seed }) => ({
    inputs: [normals(dims, seed)],
    build: (g, [x]) => g.append(operator, [x], { axis }),
    form: 'smooth',
  })),
];

/** A constant one and zero, learned, or (for a bias) left out. */
const affine = fc.record({
  scale: fc.constantFrom('constant', 'learned'),
  bias: fc.constantFrom('constant', 'learned', 'none'),
});
type Affine = typeof affine extends fc.Arbitrary<infer T> ? T : never;

function filled(g: GraphBuilder, shape: readonly number[], value: number): Value {
  const count = shape.reduce((product, size) => product * size, 1);
  return g.constant(float32(shape, new Float32Array(count).fill(value)));
}

/** The learned ones of scale and bias are further inputs of the case. */
function affineInputs({ scale, bias }: Affine, shape: readonly number[], seed: number) {
  return [
    ...(scale === 'learned' ? [uniforms(shape, [0.5, 2], seed, 'scale')] : []),
    ...(bias === 'learned' ? [normals(shape, seed, 'bias')] : []),
  ];
}

function affineValues(
  g: GraphBuilder,
  { scale, bias }: Affine,
  shape: readonly number[],
  learned: readonly Value[],
) {
  const rest = [...learned];
  const weight = scale === 'learned' ? (rest.shift() as Value) : filled(g, shape, 1);
  if (bias === 'none') return [weight, undefined] as const;
  return [weight, bias === 'learned' ? (rest.shift() as Value) : filled(g, shape, 0)] as const;
}

/** Normalised axes with enough, and spread out, elements: the curvature grows with 1 / deviation. */
function spread(shape: readonly number[], seed: number) {
  const x = normals(shape, seed);
  return float32(
    shape,
    x.data.map((value, index) => 0.3 * value + ([-1.5, 0.5, 2, -0.5][index % 4] as number)),
  );
}

const instances = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 3 }),
  places: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 0, maxLength: 2 }),
  affine,
  epsilon: fc.constantFrom(1e-5, 0.1),
  seed: seeds,
});

const layers = dims({ min: 1, max: 3 }, 3).chain((shape) =>
  fc.record({
    dims: fc.constant([...shape, 4]),
    axis: fc.option(axisOf(shape.length + 1), { nil: undefined }),
    affine,
    /** Which of y, mean and inverse deviation the loss sees. */
    used: fc.subarray([0, 1, 2], { minLength: 1 }),
    epsilon: fc.constantFrom(1e-5, 0.1),
    seed: seeds,
  }),
);

describeRules(normalizationRules, {
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  InstanceNormalization: [
    family(instances, ({ batch, channels, places, affine, epsilon, seed }) => {
      const shape = [channels];
      const known = { ...affine, bias: affine.bias === 'none' ? 'constant' : affine.bias } as Affine;
      return {
        inputs: [spread([batch, channels, ...places, 4], seed), ...affineInputs(known, shape, seed)],
        build: (g, [x, ...learned]) => {
          const [scale, bias] = affineValues(g, known, shape, learned);
          return g.InstanceNormalization(x as Value, scale, bias as Value, epsilon);
        },
        form: 'smooth',
      };
    }),
  ],
  LayerNormalization: [
    family(layers, ({ dims, axis, affine, used, epsilon, seed }) => {
      const shape = dims.slice(axis ?? -1);
      return {
        inputs: [spread(dims, seed), ...affineInputs(affine, shape, seed)],
        build: (g, [x, ...learned]) => {
          const [scale, bias] = affineValues(g, affine, shape, learned);
          const outputs = g.LayerNormalization(x as Value, scale, bias, { axis, epsilon });
          return used.map((index) => outputs[index] as Value);
        },
        form: 'smooth',
      };
    }),
  ],
});
