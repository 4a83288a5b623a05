import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { normals } from '../../testing/samples.ts';
import { seeds } from '../../testing/shapes.ts';
import { gradients } from '../backward.ts';
import { resizeRules } from './resize.ts';

const size = fc.integer({ min: 1, max: 12 });

const resizes = fc.record({
  planes: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  from: fc.tuple(size, size),
  to: fc.tuple(size, size),
  mode: fc.constantFrom('nearest', 'linear'),
  coordinate_transformation_mode: fc.constantFrom(
    'half_pixel',
    'pytorch_half_pixel',
    'align_corners',
    'asymmetric',
    undefined,
  ),
  nearest_mode: fc.constantFrom('floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil', undefined),
  seed: seeds,
});

/** Every pixel repeated: what networks up-sample with. */
const repeats = fc.record({
  planes: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
  from: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  factors: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  seed: seeds,
});

describeRules(resizeRules, {
  Resize: [
    family(resizes, ({ planes, from, to, seed, ...attributes }) => ({
      inputs: [normals([...planes, ...from], seed)],
      build: (g, [x]) => g.Resize(x as Value, [...planes, ...to], attributes),
      form: 'linear',
    })),
    family(repeats, ({ planes, from, factors, seed }) => ({
      inputs: [normals([...planes, ...from], seed)],
      build: (g, [x]) =>
        g.Resize(x as Value, [...planes, from[0] * factors[0], from[1] * factors[1]], {
          mode: 'nearest',
          coordinate_transformation_mode: 'asymmetric',
          nearest_mode: 'floor',
        }),
      form: 'linear',
    })),
  ],
});

describe('what is not supported', () => {
  const attempt =
    (shape: number[], sizes: number[], attributes: Parameters<GraphBuilder['Resize']>[2]) => () => {
      const g = new GraphBuilder('resize');
      const x = g.input('x', 'float32', shape);
      gradients(g, g.ReduceSum(g.Resize(x, sizes, attributes)), [x]);
    };

  it('cubic interpolation', () => {
    expect(attempt([1, 1, 2, 2], [1, 1, 4, 4], { mode: 'cubic' })).toThrow('mode cubic');
  });

  it('antialiasing', () => {
    expect(attempt([1, 1, 4, 4], [1, 1, 2, 2], { mode: 'linear', antialias: 1 })).toThrow('antialiased');
  });

  it('channels that change their number', () => {
    expect(attempt([1, 1, 4, 4], [1, 2, 4, 4], { mode: 'nearest' })).toThrow(
      'for height and width of [N, C, H, W] only',
    );
  });
});
