/** A style that Microsoft drew its emoji in, and the package of npm that has it. */
interface EmojiStyleEntry {
  readonly packageName: string;
  /** Who made the package of Microsoft's pictures. */
  readonly packager: string;
  /** `icon-set`: SVG documents in one file, as the Iconify project packs them; `pictures`: a file each. */
  readonly layout: 'icon-set' | 'pictures';
  /** In titles and tables. */
  readonly label: string;
  /** In a sentence. */
  readonly what: string;
  /** Emoji that its package has wrong, by code point. */
  readonly wrong?: RegExp;
}

export const emojiStyles = {
  flat: {
    packageName: '@iconify-json/fluent-emoji-flat',
    packager: 'the Iconify project',
    layout: 'icon-set',
    label: 'flat',
    what: 'flat drawings',
  },
  '3d': {
    packageName: '@lobehub/fluent-emoji-3d',
    packager: 'LobeHub',
    layout: 'pictures',
    label: '3D',
    what: '3D pictures',
    // Version 1.1.0: what is labelled U+1F3FC shows medium dark skin, U+1F3FD medium light. Pairs of the test would not be true.
    wrong: /1f3f[cd]/,
  },
  'high-contrast': {
    packageName: '@iconify-json/fluent-emoji-high-contrast',
    packager: 'the Iconify project',
    layout: 'icon-set',
    label: 'high contrast',
    what: 'black shapes',
  },
} as const satisfies Record<string, EmojiStyleEntry>;

export type EmojiStyle = keyof typeof emojiStyles;

export const emojiStyleNames = Object.keys(emojiStyles) as EmojiStyle[];

/** Styles of domain A and domain B; two different ones. */
export type StylePair = readonly [a: EmojiStyle, b: EmojiStyle];

export function emojiStyle(style: EmojiStyle): EmojiStyleEntry {
  return emojiStyles[style];
}
