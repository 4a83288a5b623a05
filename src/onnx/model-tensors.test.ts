import { expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { GraphBuilder } from './builder.ts';
import { ModelFormatError } from './inspect.ts';
import { modelTensors } from './model-tensors.ts';
import { serialize } from './serialize.ts';

it('reads the float weights of a model back by their names', () => {
  const g = new GraphBuilder('weights');
  const x = g.input('x', 'float32', [2, 2]);
  const [weight, scale] = [float32([2, 2], [1, -2, 3, 0.5]), float32([], [7])];
  const product = g.MatMul(x, g.constant(weight, 'net.weight'));
  const bytes = serialize(g.build([g.Reshape(g.Mul(product, g.constant(scale, 'scale')), [4])]));
  expect(modelTensors(bytes)).toEqual(
    new Map([
      ['net.weight', weight],
      ['scale', scale],
    ]),
  );
});

it('refuses what is no model', () => {
  expect(() => modelTensors(new Uint8Array([1, 2, 3]))).toThrow(ModelFormatError);
});
