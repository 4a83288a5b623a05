import { InvalidArgumentError } from '../../../core/errors.ts';
import { Random } from '../../../core/random.ts';
import { withoutSkinTone } from './code-points.ts';
import type { Emoji } from './emoji-packages.ts';

/** Who is in which folder. No emoji is in two of the three, nor another skin tone or gender of it. */
export interface EmojiSplit {
  readonly trainA: readonly Emoji[];
  readonly trainB: readonly Emoji[];
  /** In both domains, so that translations can be compared with the truth. */
  readonly test: readonly Emoji[];
}

/**
 * Splits emoji by chance: of those that differ in skin tone only, one is drawn, so that hands and people do not crowd
 * out the rest; then whole families (see `familyOf`) go to the test, until it is full, and to the smaller training side.
 * @throws InvalidArgumentError when too few are left to train on
 */
export function splitEmoji(emoji: readonly Emoji[], test: number, seed: number): EmojiSplit {
  const split = { trainA: [] as Emoji[], trainB: [] as Emoji[], test: [] as Emoji[] };
  for (const family of shuffledFamilies(oneSkinToneEach(emoji, seed), seed)) {
    if (split.test.length + family.length <= test) split.test.push(...family);
    else (split.trainA.length <= split.trainB.length ? split.trainA : split.trainB).push(...family);
  }
  if (split.test.length === test && split.trainB.length > 0) return split;
  throw new InvalidArgumentError(
    `of ${emoji.length} emoji, ${test} cannot be held out for the test with some left to train on: ` +
      `${split.test.length} test, ${split.trainA.length} and ${split.trainB.length} to train on`,
  );
}

function oneSkinToneEach(emoji: readonly Emoji[], seed: number): Emoji[] {
  return [...grouped(emoji, ({ code }) => withoutSkinTone(code))].map(
    ([code, tones]) => tones[Random.of(seed, 'skin tone', code).integer(tones.length)] as Emoji,
  );
}

function shuffledFamilies(emoji: readonly Emoji[], seed: number): Emoji[][] {
  const byName = emoji.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const families = [...grouped(byName, ({ family }) => family).values()];
  return Random.of(seed, 'split')
    .permutation(families.length)
    .map((index) => families[index] as Emoji[]);
}

function grouped(emoji: readonly Emoji[], key: (emoji: Emoji) => string): Map<string, Emoji[]> {
  const groups = new Map<string, Emoji[]>();
  for (const one of emoji) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}
