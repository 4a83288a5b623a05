import { describe, expect, it } from 'vitest';
import { familyOf, withoutSkinTone } from './code-points.ts';
import type { Emoji } from './emoji-packages.ts';
import { splitEmoji } from './split.ts';

const emojiOf = (code: string): Emoji => ({
  name: `n-${code}`,
  code,
  family: familyOf(code),
  drawings: [{ svg: '' }, { file: '' }],
});
const things = Array.from({ length: 60 }, (_, index) => `1f6${10 + index}`);
const professions = Array.from({ length: 10 }, (_, index) => `200d-1f5${10 + index}`);
const people = ['1f468', '1f469', '1f9d1'].flatMap((adult) =>
  ['', '-1f3fb', '-1f3ff'].flatMap((tone) => professions.map((job) => `${adult}${tone}-${job}`)),
);
const emoji = [...things, ...people].map(emojiOf);

const families = (side: readonly Emoji[]) => new Set(side.map(({ family }) => family));
const common = (left: readonly Emoji[], right: readonly Emoji[]) =>
  [...families(left)].filter((family) => families(right).has(family));

describe.each([1, 2, 3])('splitEmoji with seed %i', (seed) => {
  const { trainA, trainB, test } = splitEmoji(emoji, 20, seed);

  it('holds out as many as were asked for, and halves the rest', () => {
    expect(test).toHaveLength(20);
    expect(Math.abs(trainA.length - trainB.length)).toBeLessThanOrEqual(3);
  });

  it('takes one skin tone of each emoji, and every emoji once', () => {
    const codes = [...trainA, ...trainB, ...test].map(({ code }) => withoutSkinTone(code));
    expect(codes.sort()).toEqual([...new Set(emoji.map(({ code }) => withoutSkinTone(code)))].sort());
  });

  it('keeps families on one side', () => {
    expect([common(trainA, trainB), common(trainA, test), common(trainB, test)]).toEqual([[], [], []]);
  });

  it('depends on the seed alone', () => {
    expect(splitEmoji(emoji, 20, seed)).toEqual({ trainA, trainB, test });
    const { test: ofOther } = splitEmoji(emoji, 20, seed + 100);
    expect(ofOther).not.toEqual(test);
  });
});

it.each([90, 89, 1000])('says that %i cannot be held out', (test) => {
  expect(() => splitEmoji(emoji, test, 1)).toThrow(`of 150 emoji, ${test} cannot be held out`);
});
