import { cardText, commandBlock, lossTable, type PackageFacts, parametersText } from './card-layout.ts';
import { sizeText } from './image-policy.ts';
import { previewText } from './vector-quantized-preview.ts';
import type { VectorQuantizedRun } from './vector-quantized-run.ts';

/** What the card of a model of VQ-I2I tells. */
export interface VectorQuantizedFacts extends PackageFacts {
  readonly run: VectorQuantizedRun;
}

/** CARD.md of a package of VQ-I2I. */
export function vectorQuantizedCard(facts: VectorQuantizedFacts): string {
  const { name, version, description, source, target, run } = facts;
  const [first, second] = run.stages;
  return cardText({
    name,
    version,
    description,
    preview: facts.pictures.length > 0 ? previewText.chosen : previewText.dataset,
    facts: {
      directions: `${source} to ${target}, ${target} to ${source}, and within each`,
      method: second === undefined ? 'vq-i2i, the first stage' : 'vq-i2i, both stages',
      codes: codesText(run),
      ...(second && { prior: priorText(run) }),
      networks: parametersText(facts.parameters),
      size: `trained at ${sizeText(facts.image)}`,
      'first stage': `${first.text}, ${weightsText(run.averaged[0])}`,
      ...(second && { 'second stage': second.text }),
    },
    sections: {
      'Data and licence': `${facts.dataset}\n\n${facts.datasetLicence}`,
      ...(second === undefined
        ? { Losses: lossTable(first.losses) }
        : {
            'Losses of the first stage': lossTable(first.losses),
            'Losses of the second stage': lossTable(second.losses),
          }),
      Limits: facts.limits,
      'How it was made': commandBlock(facts.commands),
    },
  });
}

function codesText({ config, model }: VectorQuantizedRun): string {
  const { codebookSize, sizeMultiple } = model.autoencoder;
  const { generator } = config.method === 'vq-i2i' ? config.options : config.firstStage.options;
  const { multipliers, filters } = generator;
  return `one of ${codebookSize} for ${sizeMultiple}x${sizeMultiple} pixels; ${multipliers.length} levels, ${filters} filters`;
}

function priorText({ model: { prior } }: VectorQuantizedRun): string {
  if (prior === undefined) return 'none';
  const { layers, heads, width } = prior.transformer.options;
  return `${layers} layers, ${heads} heads, width ${width}; sees ${prior.window.width}x${prior.window.height} codes`;
}

function weightsText(averaged: boolean | undefined): string {
  return averaged ? 'moving average of its weights' : 'weights of the last step';
}
