import { expect, it } from 'vitest';
import { float32, toNumbers } from '../../../core/tensor.ts';
import { GraphBuilder } from '../../../onnx/builder.ts';
import { evaluate } from '../../../testing/evaluate.ts';
import { lowPass } from './low-pass.ts';

it('leaves what is the same over many pixels, and takes what goes from pixel to pixel', async () => {
  const g = new GraphBuilder('low pass');
  const stripes = Array.from({ length: 8 * 8 }, (_, pixel) => 0.25 + (pixel % 2 === 0 ? 0.5 : -0.5));
  const passed = lowPass(g, g.constant(float32([1, 1, 8, 8], stripes)), 4);
  const { output } = await evaluate(g.build({ output: passed }));
  expect(output?.dims).toEqual([1, 1, 8, 8]);
  // At the edge, which is mirrored, an eighth of the stripes is left.
  const left = toNumbers(output ?? float32([], [0])).map((value) => Math.abs(value - 0.25));
  expect(Math.max(...left)).toBeLessThan(0.0626);
});

it('refuses sides that it cannot come back to', () => {
  const g = new GraphBuilder('low pass');
  const planes = g.input('planes', 'float32', [1, 3, 8, 10]);
  expect(() => lowPass(g, planes, 4)).toThrow('a low pass by 4 needs sides that are multiples of it');
});
