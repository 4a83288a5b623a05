import { describe, expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { gradcheck } from '../../testing/gradcheck.ts';
import { normals, uniforms } from '../../testing/samples.ts';
import { faithfulnessEnergy, type Similarity, similarityOf } from './energies.ts';

type Energy = (g: GraphBuilder, a: Value, b: Value) => Value;

function evaluated(energy: Energy, a: Tensor, b: Tensor): Promise<Tensor> {
  const g = new GraphBuilder('energy');
  const output = energy(g, g.input('a', 'float32', a.dims), g.input('b', 'float32', b.dims));
  return evaluateOne(g.build([output]), { a, b });
}

/** Away from 0, where the direction of a place turns too fast for finite differences. */
const maps = [uniforms([2, 3, 4, 4], [0.5, 2], 'a'), uniforms([2, 3, 4, 4], [0.5, 2], 'b')] as const;

describe('similarity', () => {
  it('by the cosine is the mean over places of each picture', async () => {
    const a = float32([2, 2, 1, 2], [3, 1, 4, 0, 0, 2, 0, 0]);
    const b = float32([2, 2, 1, 2], [4, -2, 3, 0, 1, 5, 1, 0]);
    // Places (3, 4) and (4, 3), (1, 0) and (-2, 0); then (0, 0) and (1, 1), (2, 0) and (5, 0).
    const found = await evaluated((g, x, y) => similarityOf(g, 'cosine', x, y), a, b);
    expectClose(found, float32([2], [(24 / 25 - 1) / 2, (0 + 1) / 2]));
  });

  it('by the distance is minus the sum of squares', async () => {
    const [a, b] = [float32([2, 1, 1, 2], [1, 2, 3, 4]), float32([2, 1, 1, 2], [1, 5, 0, 0])];
    const found = await evaluated((g, x, y) => similarityOf(g, 'negative-l2', x, y), a, b);
    expectClose(found, float32([2], [-9, -25]));
  });
});

describe('the energy of faithfulness', () => {
  const energy =
    (form: Similarity): Energy =>
    (g, a, b) =>
      faithfulnessEnergy(g, form, [a, b], 2);

  it('is least where pictures are the same, and does not see single pixels', async () => {
    const picture = normals([1, 3, 4, 4], 'picture');
    const chequered = float32(
      picture.dims,
      toNumbers(picture).map((value, index) => value + ((index + (index >> 2)) % 2 === 0 ? 0.1 : -0.1)),
    );
    const [same, fine, other] = await Promise.all(
      [picture, chequered, normals([1, 3, 4, 4], 'other')].map((b) =>
        evaluated(energy('negative-l2'), picture, b),
      ),
    );
    expectClose(same as Tensor, [0]);
    const [little, much] = [toNumbers(fine as Tensor)[0] as number, toNumbers(other as Tensor)[0] as number];
    // All squares of the chequers are 48 * 0.01.
    expect(little).toBeLessThan(0.1 * 0.48);
    expect(much).toBeGreaterThan(1);
  });

  it.each(['cosine', 'negative-l2'] as const)(
    'by %s has the gradient that finite differences have',
    async (form) => {
      await gradcheck({
        inputs: maps,
        build: (g, [a, b]) => energy(form)(g, a as Value, b as Value),
        form: 'smooth',
      });
    },
  );
});
