import { emojiStyle, type StylePair } from './emoji-styles.ts';
import { emojiLicence } from './licence.ts';

interface DatasetPage {
  readonly styles: StylePair;
  readonly size: number;
  readonly seed: number;
  readonly command: string;
  readonly sources: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** README.md of the dataset: what it is, how it was made, and its licence. */
export function datasetPage({ styles, size, seed, command, sources, counts }: DatasetPage): string {
  const [a, b] = [emojiStyle(styles[0]), emojiStyle(styles[1])];
  const rows = Object.entries(counts).map(([folder, count]) => {
    const { label } = folder.endsWith('A') ? a : b;
    return `| ${folder} | ${label}, ${folder.startsWith('train') ? 'to train on' : 'held out'} | ${count} |`;
  });
  const packagers = [...new Set([a.packager, b.packager])];
  return `# Fluent emoji, ${a.label} and ${b.label}

Microsoft's Fluent emoji as an unaligned dataset: domain A are the ${a.what}, domain B the ${b.what}, ${size}x${size}
pixels, PNG, on white.

| folder | what | pictures |
|---|---|---|
${rows.join('\n')}

trainA and trainB share no emoji. testA and testB hold the same emoji under the same names, none of them in training:
they can be compared pixel by pixel. Emoji that differ in skin tone or gender only are on the same side; of each emoji,
one skin tone was drawn.

Made from ${sources.join(' and ')} (npm) with seed ${seed}:

\`\`\`sh
${command}
\`\`\`

## Licence

The emoji are by Microsoft Corporation (https://github.com/microsoft/fluentui-emoji), packaged by
${packagers.join(' and by ')}, under the MIT licence as well.

\`\`\`
${emojiLicence}
\`\`\`
`;
}
