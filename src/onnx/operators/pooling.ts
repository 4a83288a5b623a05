import type { Dim } from '../dimension.ts';
import { define, type OperatorCall } from './definition.ts';
import { requireAxes, windowCounts, windowGeometry } from './linear.ts';

const poolAttributes = {
  kernel_shape: 'ints',
  strides: 'ints',
  pads: 'ints',
  dilations: 'ints',
  ceil_mode: 'int',
} as const;

export const poolingOperators = {
  AveragePool: define({
    arity: [1, 1],
    attributes: { ...poolAttributes, count_include_pad: 'int' },
    infer: (call) => [{ dtype: call.input(0).dtype, shape: pooledShape(call) }],
  }),
  /** The second output holds the places of the maxima, as indices into the flattened input. */
  MaxPool: define({
    arity: [1, 1],
    attributes: { ...poolAttributes, storage_order: 'int' },
    requiredOutputs: 1,
    infer: (call) => {
      const shape = pooledShape(call);
      return [
        { dtype: call.input(0).dtype, shape },
        { dtype: 'int64', shape },
      ];
    },
  }),
  GlobalAveragePool: define({
    arity: [1, 1],
    attributes: {},
    infer: (call) => {
      const x = call.requireRank(0, 3);
      return [{ dtype: x.dtype, shape: x.shape.map((dim, axis) => (axis < 2 ? dim : 1)) }];
    },
  }),
  /** Inputs: x, roi (unused), scales (unused), sizes: the size is always given, never a factor. */
  Resize: define({
    arity: [4, 4],
    attributes: {
      mode: 'string',
      coordinate_transformation_mode: 'string',
      nearest_mode: 'string',
      cubic_coeff_a: 'float',
      antialias: 'int',
    },
    infer: (call) => {
      const x = call.input(0);
      const shape = call.contents(3, 'sizes');
      if (shape.length !== x.shape.length) call.fail('sizes must have one entry an axis');
      return [{ dtype: x.dtype, shape }];
    },
  }),
} as const;

function pooledShape(call: OperatorCall<typeof poolAttributes>): readonly Dim[] {
  const x = call.requireRank(0, 3);
  const kernel = call.attributes.kernel_shape ?? call.fail('attribute kernel_shape is required');
  if (kernel.length !== x.shape.length - 2) call.fail('kernel_shape must have one entry a spatial axis');
  if (call.attributes.ceil_mode) call.fail('ceil_mode is not supported');
  const geometry = windowGeometry(kernel, call.attributes);
  requireAxes(call, geometry);
  return [...x.shape.slice(0, 2), ...windowCounts(call, geometry)];
}
