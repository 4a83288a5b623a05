import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveDim } from '../testing/resolve-dim.ts';
import {
  addDims,
  type Dim,
  dimText,
  divideExactly,
  floorDivide,
  isStatic,
  multiplyDims,
  productOf,
  sameDim,
  sameShape,
  scaleDim,
  shapeText,
  subtractDims,
  symbol,
} from './dimension.ts';

const [H, W] = [symbol('H'), symbol('W')];

/** An expression, and the number it has for the sizes below. */
interface Expression {
  readonly dim: Dim;
  readonly value: number;
}

const names = { H: 37, W: 12, N: 5 };

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.integer({ min: -9, max: 9 }).map((value) => ({ dim: value, value })),
  fc
    .constantFrom('H', 'W', 'N')
    .map((name) => ({ dim: symbol(name), value: names[name as keyof typeof names] })),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const pair = fc.tuple(tie('expression'), tie('expression'));
  const divided = fc.tuple(tie('expression'), fc.integer({ min: 1, max: 5 }));
  return {
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      pair.map(([a, b]) => ({ dim: addDims(a.dim, b.dim), value: a.value + b.value })),
      pair.map(([a, b]) => ({ dim: subtractDims(a.dim, b.dim), value: a.value - b.value })),
      pair.map(([a, b]) => ({ dim: multiplyDims(a.dim, b.dim), value: a.value * b.value })),
      divided.map(([a, by]) => ({ dim: floorDivide(a.dim, by), value: Math.floor(a.value / by) })),
      divided.map(([a, by]) => ({ dim: scaleDim(a.dim, by), value: a.value * by })),
    ),
  };
});

describe('expressions', () => {
  it('have the value of their text', () => {
    fc.assert(
      fc.property(expression, ({ dim, value }) => {
        fc.pre(Math.abs(value) < 2 ** 40);
        expect(resolveDim(dim, names) + 0).toBe(value + 0);
      }),
      { numRuns: 500 },
    );
  });

  it('are equal whatever the order in which they were computed', () => {
    fc.assert(
      fc.property(expression, expression, expression, ({ dim: a }, { dim: b }, { dim: c }) => {
        expect(dimText(addDims(a, b))).toBe(dimText(addDims(b, a)));
        expect(dimText(multiplyDims(a, multiplyDims(b, c)))).toBe(
          dimText(multiplyDims(multiplyDims(c, a), b)),
        );
        const apart = addDims(multiplyDims(a, b), multiplyDims(a, c));
        expect(dimText(multiplyDims(a, addDims(b, c)))).toBe(dimText(apart));
        expect(subtractDims(addDims(a, b), b)).toEqual(a);
      }),
    );
  });

  it('divide exactly by what they were multiplied with', () => {
    fc.assert(
      fc.property(expression, fc.constantFrom<Dim>(3, H, multiplyDims(scaleDim(H, 2), W)), ({ dim }, by) => {
        expect(divideExactly(multiplyDims(dim, by), by)).toEqual(dim);
      }),
    );
  });
});

describe('texts', () => {
  it.each([
    [addDims(scaleDim(H, 2), 1), '2*H + 1'],
    [subtractDims(scaleDim(W, -1), 3), '-W - 3'],
    [productOf([3, H, W, H]), '3*H*H*W'],
    [floorDivide(addDims(H, -1), 2), 'floor((H + 1)/2) - 1'],
    [floorDivide(scaleDim(H, 6), 3), '2*H'],
    [addDims(floorDivide(addDims(floorDivide(H, 2), 1), 2), 0), 'floor((H + 2)/4)'],
    [subtractDims(H, H), '0'],
  ])('%#: %s', (dim, text) => {
    expect(dimText(dim)).toBe(text);
  });

  it('of a shape', () => {
    expect(shapeText([symbol('N'), 3, H])).toBe('[N, 3, H]');
  });
});

it('compares by value and rank', () => {
  expect(sameDim(addDims(H, W), addDims(W, H))).toBe(true);
  expect(sameDim(H, 5)).toBe(false);
  expect(sameShape([H, 1], [H])).toBe(false);
  expect(isStatic([1, 2])).toBe(true);
  expect(isStatic([1, H])).toBe(false);
});

it('does not divide what does not divide', () => {
  expect(divideExactly(addDims(H, 1), 2)).toBeUndefined();
  expect(divideExactly(addDims(H, 1), H)).toBeUndefined();
  expect(divideExactly(multiplyDims(H, H), addDims(H, 1))).toBeUndefined();
  expect(divideExactly(6, 4)).toBeUndefined();
  expect(divideExactly(0, 0)).toBeUndefined();
});
