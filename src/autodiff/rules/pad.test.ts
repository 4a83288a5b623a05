import fc from 'fast-check';
import type { Value } from '../../onnx/ir.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { normals } from '../../testing/samples.ts';
import { seeds } from '../../testing/shapes.ts';
import { padRules } from './pad.ts';

interface PaddedAxis {
  readonly size: number;
  readonly before: number;
  readonly after: number;
}

const axisPadded = (most: (size: number) => number): fc.Arbitrary<PaddedAxis> =>
  fc
    .integer({ min: 1, max: 5 })
    .chain((size) =>
      fc.record({ size: fc.constant(size), before: fc.nat(most(size)), after: fc.nat(most(size)) }),
    );

/** Cut off at one end or at both, with at least one element left; more may be padded at the other end. */
const axisCut: fc.Arbitrary<PaddedAxis> = fc
  .record({
    kept: fc.integer({ min: 1, max: 3 }),
    before: fc.integer({ min: -2, max: 2 }),
    after: fc.integer({ min: -2, max: 2 }),
  })
  .map(({ kept, before, after }) => ({
    size: kept + Math.max(-before, 0) + Math.max(-after, 0),
    before,
    after,
  }));

const padding = (mode: 'constant' | 'reflect' | 'edge', axis: fc.Arbitrary<PaddedAxis>) =>
  family(
    fc.record({ axes: fc.array(axis, { minLength: 1, maxLength: 4 }), seed: seeds }),
    ({ axes, seed }) => ({
      inputs: [
        normals(
          axes.map(({ size }) => size),
          seed,
        ),
      ],
      build: (g, [x]) =>
        g.Pad(x as Value, [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)], mode),
      form: 'linear',
    }),
  );

describeRules(padRules, {
  Pad: [
    padding(
      'constant',
      axisPadded(() => 3),
    ),
    padding('constant', axisCut),
    padding(
      'edge',
      axisPadded(() => 3),
    ),
    // As far as there is something to reflect: both ends may reach over each other.
    padding(
      'reflect',
      axisPadded((size) => size - 1),
    ),
    family(
      fc.record({ before: fc.nat(2), after: fc.integer({ min: -1, max: 2 }), seed: seeds }),
      ({ before, after, seed }) => ({
        inputs: [normals([2, 3], seed), normals([], seed, 'value')],
        build: (g, [x, value]) =>
          g.append('Pad', [x, g.integers([0, before, 1, after]), value], { mode: 'constant' }),
        form: 'linear',
      }),
    ),
  ],
});
