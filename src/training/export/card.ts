import type { TrainingConfig } from '../config/index.ts';

/** What a model card tells: where the model comes from, what it is for, and what it cannot do. */
export interface CardFacts {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly source: string;
  readonly target: string;
  readonly config: TrainingConfig;
  readonly step: number;
  readonly seconds: number;
  readonly parameters: number;
  readonly dataset: string;
  readonly datasetLicence: string;
  readonly limits: string;
  /** Pictures that the preview shows instead of test pictures. */
  readonly pictures: readonly string[];
  readonly commands: readonly string[];
  /** Mean of the last logged losses, by name. */
  readonly losses: Readonly<Record<string, number>>;
}

function previewText(pictures: readonly string[]): string {
  return pictures.length > 0
    ? 'The preview shows pictures that are not of the dataset, each beside its translation.'
    : 'The preview shows the first test pictures of the source domain in the order of their names, not a selection: the picture, then its translation.';
}

/** CARD.md of a model package. */
export function modelCard(facts: CardFacts): string {
  const { config } = facts;
  return `# ${facts.name} ${facts.version}

${facts.description}

![Pictures, each beside its translation](preview.webp)

${previewText(facts.pictures)}

| | |
|---|---|
| direction | ${facts.source} to ${facts.target} |
| method | ${config.method} |
| generator | ${generatorText(config)}, ${facts.parameters.toLocaleString('en')} parameters |
| size | trained at ${config.cropSize}x${config.cropSize} pixels; any size works, close to this one works best |
| training | ${facts.step} steps of batch ${config.batchSize}, seed ${config.seed}, ${(facts.seconds / 3600).toFixed(1)} hours |
| weights | ${config.averageDecay > 0 ? `moving average, decay ${config.averageDecay}` : 'of the last step'} |

## Data and licence

${facts.dataset}

${facts.datasetLicence}

## Losses

${lossTable(facts.losses)}

## Limits

${facts.limits}

## How it was made

${commandBlock(facts.commands)}
`;
}

function generatorText({ options: { generator } }: TrainingConfig): string {
  const isUnet = 'kind' in generator && generator.kind === 'unet';
  const kind = isUnet ? `U-Net, ${generator.downs} halvings` : `ResNet, ${generator.blocks} blocks`;
  return `${kind}, ${generator.filters} filters`;
}

function lossTable(losses: CardFacts['losses']): string {
  const rows = Object.entries(losses).map(([name, value]) => `| ${name} | ${value.toFixed(3)} |`);
  if (rows.length === 0) return 'None were logged.';
  return `Mean over the last logged lines of training. They say how training stood, not how good the pictures are.

| loss | value |
|---|---|
${rows.join('\n')}`;
}

function commandBlock(commands: readonly string[]): string {
  return commands.length === 0 ? 'Not stated.' : `\`\`\`sh\n${commands.join('\n')}\n\`\`\``;
}
