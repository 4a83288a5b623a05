import fc from 'fast-check';

/** Where a case gets its numbers from; not worth shrinking. */
export const seeds = fc.noShrink(fc.nat(1_000_000));

export function dims(ranks: { min: number; max: number }, largest = 4): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: largest }), { minLength: ranks.min, maxLength: ranks.max });
}

/** Counted from the front or from the back. */
export function axisOf(rank: number): fc.Arbitrary<number> {
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** Some axes of a rank, from one of them to all, in any order, counted from the front or from the back. */
export function axesOf(rank: number): fc.Arbitrary<number[]> {
  return fc.uniqueArray(axisOf(rank), {
    minLength: 1,
    maxLength: rank,
    selector: (axis) => (axis + rank) % rank,
  });
}

/** `count` shapes that broadcast together, of every rank up to 4: leading axes missing, axes of size 1. */
export function broadcastable(count: number): fc.Arbitrary<number[][]> {
  return dims({ min: 0, max: 4 }, 3).chain((whole) =>
    fc.tuple(...Array.from({ length: count }, () => narrower(whole))),
  );
}

function narrower(whole: readonly number[]): fc.Arbitrary<number[]> {
  const missing = fc.integer({ min: 0, max: whole.length });
  const ones = fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length });
  return fc
    .tuple(missing, ones)
    .map(([lead, single]) => whole.map((size, axis) => (single[axis] ? 1 : size)).slice(lead));
}
