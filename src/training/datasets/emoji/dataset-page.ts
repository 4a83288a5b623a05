import { emojiLicence } from './licence.ts';

interface DatasetPage {
  readonly size: number;
  readonly seed: number;
  readonly command: string;
  readonly sources: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** README.md of the dataset: what it is, how it was made, and its licence. */
export function datasetPage({ size, seed, command, sources, counts }: DatasetPage): string {
  const rows = Object.entries(counts).map(
    ([folder, count]) => `| ${folder} | ${contents[folder]} | ${count} |`,
  );
  return `# Fluent emoji, flat and 3D

Microsoft's Fluent emoji as an unaligned dataset: domain A are the flat drawings, domain B the 3D pictures, ${size}x${size}
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

The emoji are by Microsoft Corporation (https://github.com/microsoft/fluentui-emoji), packaged by the Iconify project and
by LobeHub, both under the MIT licence as well.

\`\`\`
${emojiLicence}
\`\`\`
`;
}

const contents: Readonly<Record<string, string>> = {
  trainA: 'flat, to train on',
  trainB: '3D, to train on',
  testA: 'flat, held out',
  testB: '3D, held out',
};
