import { describe, expect, test } from 'vitest';
import { inPairs } from './partners.ts';

const datasetOf = (A: readonly string[], B: readonly string[]) => ({
  trainA: A.map((file) => `trainA/${file}`),
  trainB: B.map((file) => `trainB/${file}`),
  testA: ['testA/x.png'],
  testB: ['testB/y.png'],
});

describe('inPairs', () => {
  test('puts B in the order of its partners, whatever their endings', () => {
    const dataset = datasetOf(['a.png', 'a-b.png', 'deep/c.jpg'], ['a-b.jpg', 'a.webp', 'deep/c.png']);
    expect(inPairs(dataset)).toEqual({
      ...dataset,
      trainB: ['trainB/a.webp', 'trainB/a-b.jpg', 'trainB/deep/c.png'],
    });
  });

  test('names the pictures of either side that have no partner', () => {
    expect(() => inPairs(datasetOf(['a.png', 'b.png'], ['a.png', 'c.png']))).toThrow(
      'paired pictures have the same path below trainA and trainB; without a partner: trainA/b.png, trainB/c.png',
    );
    const many = Array.from({ length: 9 }, (_, index) => `${index}.png`);
    expect(() => inPairs(datasetOf(many, ['0.png']))).toThrow(/trainA\/3\.png and 5 more$/);
  });

  test('refuses two pictures that one partner would fit', () => {
    expect(() => inPairs(datasetOf(['a.png'], ['a.jpg', 'a.png']))).toThrow(
      'trainB/a.jpg and trainB/a.png do not',
    );
  });
});
