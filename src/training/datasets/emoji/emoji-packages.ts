import { familyOf } from './code-points.ts';
import type { StylePair } from './emoji-styles.ts';
import { type Drawing, EmojiPackageError, readStylePackage, type StylePackage } from './style-package.ts';

/** One emoji that both packages have. */
export interface Emoji {
  /** `thumbs-up-dark`, as the first package with names calls it. */
  readonly name: string;
  /** Code points without variation selectors: `1f44d-1f3ff`. */
  readonly code: string;
  /** The same for emoji that differ in skin tone or gender only. */
  readonly family: string;
  /** In the style of domain A, and of domain B. */
  readonly drawings: readonly [a: Drawing, b: Drawing];
}

export interface EmojiPackages {
  /** Name and version of both. */
  readonly sources: readonly string[];
  /** Those that both packages have, by code point; of two with the same SVG drawing in a style, the first. */
  readonly emoji: readonly Emoji[];
}

/**
 * Reads Microsoft's Fluent emoji in two styles and matches them by code point.
 * @param modules a folder `node_modules` that holds the packages of both
 * @throws EmojiPackageError
 */
export async function readEmojiPackages(modules: string, [a, b]: StylePair): Promise<EmojiPackages> {
  const inA = await readStylePackage(modules, a);
  const inB = await readStylePackage(modules, b);
  const sources = [inA.source, inB.source];
  const emoji = withoutTwins(matched(inA, inB));
  if (emoji.length > 0) return { sources, emoji };
  throw new EmojiPackageError(`${sources.join(' and ')} in ${modules} have no emoji in common`);
}

function matched(inA: StylePackage, inB: StylePackage): Emoji[] {
  return [...inA.emoji].flatMap(([code, a]) => {
    const b = inB.emoji.get(code);
    if (b === undefined) return [];
    return { name: a.name ?? b.name ?? code, code, family: familyOf(code), drawings: [a.drawing, b.drawing] };
  });
}

/** One drawing for two code points would be in training and test. */
function withoutTwins(emoji: readonly Emoji[]): Emoji[] {
  const drawn = new Set<string>();
  return emoji.filter(({ drawings }) => {
    const documents = drawings.flatMap((drawing, domain) =>
      'svg' in drawing ? `${domain} ${drawing.svg}` : [],
    );
    if (documents.some((document) => drawn.has(document))) return false;
    for (const document of documents) drawn.add(document);
    return true;
  });
}
