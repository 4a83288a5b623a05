import type { Dim } from '../dimension.ts';
import { define } from './definition.ts';
import { sameTypeAs } from './elementwise.ts';

const alongAxis = define({
  arity: [1, 1],
  attributes: { axis: 'int' },
  infer: (call) => {
    call.axis(call.attributes.axis ?? -1, call.input(0).shape.length);
    return [sameTypeAs(call.input(0))];
  },
});

export const normalizationOperators = {
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  /** Inputs x [N, C, ...], scale [C], bias [C]; biased variance over each picture's channel. */
  InstanceNormalization: define({
    arity: [3, 3],
    attributes: { epsilon: 'float' },
    infer: (call) => {
      const x = call.requireRank(0, 3);
      call.requireVector(1, x.shape[1] as Dim);
      call.requireVector(2, x.shape[1] as Dim);
      return [sameTypeAs(x)];
    },
  }),
  /** Inputs x, scale, bias; outputs y and, of size 1 along the normalised axes, mean and 1 / deviation. */
  LayerNormalization: define({
    arity: [2, 3],
    attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
    requiredOutputs: 1,
    infer: (call) => {
      const x = call.input(0);
      const axis = call.axis(call.attributes.axis ?? -1, x.shape.length);
      const statistics: Dim[] = x.shape.map((dim, index) => (index < axis ? dim : 1));
      return [
        sameTypeAs(x),
        { dtype: 'float32', shape: statistics },
        { dtype: 'float32', shape: statistics },
      ];
    },
  }),
} as const;
