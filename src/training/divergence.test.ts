import { expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../core/tensor.ts';
import { lossGoneAstray, weightGoneAstray } from './divergence.ts';

it('finds the first loss that is not finite', () => {
  expect(lossGoneAstray({ step: 3, losses: { D: 0.5, G: 1e30 } })).toBeUndefined();
  expect(lossGoneAstray({ step: 3, losses: { D: 0.5, G: Number.NaN, NCE: Infinity } })).toBe(
    'G is NaN at step 3',
  );
  expect(lossGoneAstray({ step: 9, losses: { D: -Infinity } })).toBe('D is -Infinity at step 9');
});

it('finds the first weight that is not finite', () => {
  const state = new Map<string, Tensor>().set('d.w', float32([2], [1, -3e38])).set('d.count', int64([], [4]));
  expect(weightGoneAstray(state, 7)).toBeUndefined();
  state.set('g.w', float32([3], [1, Number.NaN, Infinity]));
  expect(weightGoneAstray(state, 7)).toBe('g.w holds NaN after step 7');
});
