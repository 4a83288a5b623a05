import { previewCodes } from '../live-exemplar-translator.ts';
import {
  cardText,
  chosenPicturesText,
  commandBlock,
  lossTable,
  type PackageFacts,
  parametersText,
} from './card-layout.ts';
import { sizeText } from './image-policy.ts';
import type { TranslatorConfig } from './vector-quantized-run.ts';

/** What a model card tells: where the model comes from, what it is for, and what it cannot do. */
export interface CardFacts extends PackageFacts {
  readonly config: TranslatorConfig;
  readonly step: number;
  readonly seconds: number;
  /** Whether it translates with attribute codes. */
  readonly coded: boolean;
  /** Mean of the last logged losses, by name. */
  readonly losses: Readonly<Record<string, number>>;
}

function previewText({ pictures, coded }: CardFacts): string {
  if (coded) {
    const which = pictures.length > 0 ? 'chosen pictures' : 'the first test pictures of the source domain';
    return `The preview shows ${which}, one a row: translations with the same ${previewCodes} random codes, then a picture of the target domain and the translation in its style.`;
  }
  return pictures.length > 0
    ? chosenPicturesText
    : 'The preview shows the first test pictures of the source domain in the order of their names, not a selection: the picture, then its translation.';
}

/** CARD.md of a trained run's package. */
export function modelCard(facts: CardFacts): string {
  const { name, version, description, config } = facts;
  return cardText({
    name,
    version,
    description,
    preview: previewText(facts),
    facts: {
      direction: `${facts.source} to ${facts.target}`,
      method: config.method,
      generator: `${generatorText(config)}, ${parametersText(facts.parameters)}`,
      size: `trained at ${sizeText(facts.image)}`,
      training: `${facts.step} steps of batch ${config.batchSize}, seed ${config.seed}, ${(facts.seconds / 3600).toFixed(1)} hours`,
      weights: config.averageDecay > 0 ? `moving average, decay ${config.averageDecay}` : 'of the last step',
    },
    sections: {
      'Data and licence': `${facts.dataset}\n\n${facts.datasetLicence}`,
      Losses: lossTable(facts.losses),
      Limits: facts.limits,
      'How it was made': commandBlock(facts.commands),
    },
  });
}

function generatorText({ options: { generator } }: TranslatorConfig): string {
  if ('variant' in generator) return `DRIT, ${generator.variant}, ${generator.filters} filters`;
  const isUnet = 'kind' in generator && generator.kind === 'unet';
  const kind = isUnet ? `U-Net, ${generator.downs} halvings` : `ResNet, ${generator.blocks} blocks`;
  return `${kind}, ${generator.filters} filters`;
}
