import { samplingText } from '../../core/diffusion/sampling-text.ts';
import type { EgsdeConfig } from '../config/egsde.ts';
import {
  cardText,
  chosenPicturesText,
  commandBlock,
  lossTable,
  type PackageFacts,
  parametersText,
} from './card-layout.ts';
import type { GuidedDiffusionModel } from './guided-diffusion-networks.ts';
import type { GuidedPart, GuidedRuns } from './guided-run.ts';
import { previewSampling } from './guided-sampler.ts';
import { sizeText } from './image-policy.ts';

/** What the card of a model of EGSDE tells. */
export interface GuidedFacts extends PackageFacts {
  readonly runs: GuidedRuns;
  readonly model: GuidedDiffusionModel;
}

/** CARD.md of a package of EGSDE. */
export function guidedCard(facts: GuidedFacts): string {
  const { name, version, description, model } = facts;
  const { score, classifier } = facts.runs;
  return cardText({
    name,
    version,
    description,
    preview: previewText(facts),
    facts: {
      direction: `${model.sources.join(' or ')} to ${facts.target}`,
      method: 'egsde',
      networks: parametersText(facts.parameters),
      'score network': networkText(score.config),
      classifier: networkText(classifier.config),
      size: `trained at ${sizeText(facts.image)}`,
      noise: `${score.config.options.noise.course}, ${score.config.options.noise.steps} times`,
      sampling: samplingText(model.defaults),
      energies: energiesText(model),
      'training of the score network': trainingText(score),
      'training of the classifier': trainingText(classifier),
    },
    sections: {
      'Data and licence': `${facts.dataset}\n\n${facts.datasetLicence}`,
      'Losses of the score network': lossTable(score.record.losses),
      'Losses of the classifier': lossTable(classifier.record.losses),
      Limits: facts.limits,
      'How it was made': commandBlock(facts.commands),
    },
  });
}

function previewText({ pictures, model }: GuidedFacts): string {
  const which =
    pictures.length > 0
      ? chosenPicturesText
      : 'The preview shows the first test pictures of the source domain in the order of their names, not a selection: the picture, then its translation.';
  return `${which} Translations are made ${previewSampling(model)}.`;
}

function networkText({ method, options: { network } }: EgsdeConfig): string {
  const kind = 'kind' in network && network.kind === 'ddpm' ? 'DDPM' : 'ADM';
  const shape = method === 'egsde-score' ? 'U-Net' : 'encoder';
  const { filters, multipliers, residualBlocks, attentionResolutions } = network;
  const attention =
    attentionResolutions.length === 0 ? 'no attention' : `attention at ${attentionResolutions.join(', ')}`;
  return `${kind}'s ${shape}, ${filters} filters times ${multipliers.join('-')}, residual blocks a level: ${residualBlocks}, ${attention}`;
}

function energiesText({ guidance: { realism, faithfulness, lowPassFactor } }: GuidedDiffusionModel): string {
  return `realism by ${realism} of features, faithfulness by ${faithfulness} behind a low pass by ${lowPassFactor}`;
}

function trainingText({ record, averaged }: GuidedPart): string {
  return `${record.text}, ${averaged ? 'moving average of its weights' : 'weights of the last step'}`;
}
