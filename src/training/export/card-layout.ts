import type { Manifest } from '../../core/manifest.ts';

/** What the card of a package tells, whatever its method. */
export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly source: string;
  readonly target: string;
  readonly image: Manifest['image'];
  readonly parameters: number;
  readonly dataset: string;
  readonly datasetLicence: string;
  readonly limits: string;
  /** Pictures that the preview shows instead of test pictures. */
  readonly pictures: readonly string[];
  /** Commands that made the model. */
  readonly commands: readonly string[];
}

/** What a model card is made of, whatever the model comes from. */
export interface CardParts {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** What the preview shows; undefined where the package has none. */
  readonly preview: string | undefined;
  /** Rows of the table, by what they tell. */
  readonly facts: Readonly<Record<string, string>>;
  /** Text by heading. */
  readonly sections: Readonly<Record<string, string>>;
}

/** What a preview of chosen pictures shows. */
export const chosenPicturesText = 'The preview shows chosen pictures, each beside its translation.';

/** CARD.md of a model package. */
export function cardText({ name, version, description, preview, facts, sections }: CardParts): string {
  const shown =
    preview === undefined ? [] : [`![Pictures, each beside its translation](preview.webp)\n\n${preview}`];
  const rows = Object.entries(facts).map(([what, text]) => `| ${what} | ${text} |`);
  const parts = [
    `# ${name} ${version}`,
    description,
    ...shown,
    `| | |\n|---|---|\n${rows.join('\n')}`,
    ...Object.entries(sections).map(([heading, text]) => `## ${heading}\n\n${text}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

export function parametersText(count: number): string {
  return `${count.toLocaleString('en')} parameters`;
}

/** The commands that made a model. */
export function commandBlock(commands: readonly string[]): string {
  return commands.length === 0 ? 'Not stated.' : `\`\`\`sh\n${commands.join('\n')}\n\`\`\``;
}

/** @param losses mean of the last logged losses, by name */
export function lossTable(losses: Readonly<Record<string, number>>): string {
  const rows = Object.entries(losses).map(([name, value]) => `| ${name} | ${value.toFixed(3)} |`);
  if (rows.length === 0) return 'None were logged.';
  return `Mean over the last logged lines of training. They say how training stood, not how good the pictures are.

| loss | value |
|---|---|
${rows.join('\n')}`;
}
