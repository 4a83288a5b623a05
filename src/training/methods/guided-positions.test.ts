import { describe, expect, it } from 'vitest';
import { float32, int64, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { guidedCounts, leastReal, resizedScores } from './guided-positions.ts';

const published = { patches: 256, oversampling: 4, randomShare: 0.5 };

describe('the places of a stage', () => {
  it('are half guided and half random, of four times as many candidates', () => {
    expect(guidedCounts(65536, published)).toEqual({ candidates: 1024, guided: 128, random: 128 });
  });

  it('are no more than there are', () => {
    expect(guidedCounts(9, published)).toEqual({ candidates: 9, guided: 5, random: 4 });
  });

  it('may all be guided, or all random', () => {
    expect(guidedCounts(400, { ...published, randomShare: 0 })).toMatchObject({ guided: 256, random: 0 });
    expect(guidedCounts(400, { ...published, randomShare: 1 })).toMatchObject({ guided: 0, random: 256 });
  });
});

it('takes the candidates with the lowest scores of each picture, lowest first', async () => {
  const g = new GraphBuilder('choice');
  const scores = g.input('scores', 'float32', [2, 1, 2, 3]);
  const candidates = g.input('candidates', 'int64', [2, 4]);
  const chosen = await evaluateOne(g.build([leastReal(g, scores, candidates, 2)]), {
    scores: float32([2, 1, 2, 3], [5, 4, 3, 2, 1, 0, 0, 1, 2, 3, 4, -5]),
    candidates: int64([2, 4], [0, 3, 1, 2, 2, 5, 1, 4]),
  });
  expect(chosen.dims).toEqual([2, 2]);
  expect(toNumbers(chosen)).toEqual([3, 2, 5, 1]);
});

it('takes the earlier of two candidates that are equally unreal', async () => {
  const g = new GraphBuilder('ties');
  const chosen = await evaluateOne(
    g.build([
      leastReal(g, g.input('scores', 'float32', [1, 1, 1, 4]), g.constant(int64([1, 4], [3, 0, 2, 1])), 3),
    ]),
    { scores: float32([1, 1, 1, 4], [1, 1, 0, 1]) },
  );
  expect(toNumbers(chosen)).toEqual([2, 3, 0]);
});

it('resizes scores between the middles of pixels', async () => {
  const g = new GraphBuilder('resized');
  const resized = resizedScores(g, g.input('scores', 'float32', [1, 1, 1, 2]), 1, 4);
  const scores = await evaluateOne(g.build([resized]), { scores: float32([1, 1, 1, 2], [0, 4]) });
  expect(toNumbers(scores)).toEqual([0, 1, 3, 4]);
});
