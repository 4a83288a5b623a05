import { InvalidArgumentError } from '../../core/errors.ts';
import type { Manifest } from '../../core/manifest.ts';
import {
  type CodeTransformer,
  codeTransformer,
} from '../../nn/networks/code-transformer/code-transformer.ts';
import { type VqAutoencoder, vqAutoencoder } from '../../nn/networks/vq-i2i/autoencoder.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { CodePainter } from '../export/code-painter.ts';
import { domainStyles } from '../export/domain-styles.ts';
import {
  type PriorModel,
  type VectorQuantizedModel,
  vectorQuantizedDescription,
  vectorQuantizedNetworks,
} from '../export/vector-quantized-networks.ts';
import { otherDomain } from '../methods/domains.ts';
import { stateOf } from '../methods/networks.ts';
import { applyAll } from '../methods/vq-i2i/networks.ts';
import type { StateDict } from '../pytorch/index.ts';
import { domainsOf } from './drit-checkpoint.ts';
import { squareImage } from './feed-forward-model.ts';
import { fitWeights } from './fit-weights.ts';
import type { FoundModel } from './found-model.ts';
import { requirePictureChannels } from './generator-network.ts';
import type { ImportRequest } from './import-request.ts';
import { changedSettings, settingsText } from './settings-schema.ts';
import { bothStages, recogniseVq, type VqWeights } from './vq-checkpoint.ts';
import { type PriorSettings, type VqSettings, vqSchema } from './vq-schema.ts';
import { previewPairs, tryModel } from './vq-trial.ts';

/**
 * VQ-I2I as it is packaged, of the checkpoints of one stage or of both.
 * @param found as `vqWeights` gives them
 * @param prior the same of the checkpoint that the request names for the second stage
 * @throws WeightsMismatchError, TrialError, DatasetError, and InvalidArgumentError for what was asked wrongly
 */
export async function vqModel(
  found: VqWeights,
  prior: VqWeights | undefined,
  request: ImportRequest,
): Promise<FoundModel> {
  const { direction = 'AtoB', changes, session } = request;
  const weights = bothStages(found, prior);
  const settings = changedSettings(vqSchema, recogniseVq(weights), changes);
  const model = modelOf(settings, weights, domainsOf(direction)[0]);
  const image = squareImage(request.size ?? trainedSize(model), model.autoencoder.sizeMultiple);
  await tryModel(model, image, session);
  const networks = vectorQuantizedNetworks(model);
  const styled = await CodePainter.during(networks, session, (painter) =>
    withStyles(painter, model, request, image),
  );
  return {
    networks,
    translator: vectorQuantizedDescription(styled),
    image,
    generator: `${settingsText(settings)} (${direction})`,
    ...(request.stylesTarget === undefined && { beside: 'what is made of its own codes and style' }),
    try: (pictures) =>
      CodePainter.during(networks, session, (painter) => previewPairs(painter, styled, pictures)),
  };
}

function modelOf(
  settings: VqSettings,
  weights: VqWeights & { readonly firstStage: StateDict },
  source: VectorQuantizedModel['source'],
): VectorQuantizedModel {
  const { pictureChannels } = settings;
  const autoencoder = autoencoderOf(settings);
  const fitting = fitWeights(settings, firstStageState(autoencoder, pictureChannels), weights.firstStage);
  requirePictureChannels(pictureChannels);
  const first = { autoencoder, weights: fitting, channels: pictureChannels, source, styles: {} };
  if (settings.prior === undefined || weights.prior === undefined) return first;
  return { ...first, prior: priorOf(settings, settings.prior, weights.prior) };
}

function autoencoderOf(settings: VqSettings): VqAutoencoder {
  const { multipliers, attentionLevels, pictureChannels, kind: _, prior: __, ...sizes } = settings;
  // At this resolution no two levels have the same side.
  const resolution = 2 ** multipliers.length;
  return vqAutoencoder({
    ...sizes,
    multipliers,
    resolution,
    attentionResolutions: attentionLevels.map((level) => resolution / 2 ** level),
    outputChannels: pictureChannels,
  });
}

function firstStageState(autoencoder: VqAutoencoder, channels: number) {
  const side = 4 * Math.max(8, autoencoder.sizeMultiple);
  return stateOf([1, channels, side, side], (scope, pictures) => applyAll(autoencoder, scope, pictures));
}

/** @throws InvalidArgumentError when it is for other codes, or cannot see the window */
function priorOf(settings: VqSettings, prior: PriorSettings, weights: StateDict): PriorModel {
  const { layers, heads, width, positions, window, conditioning } = prior;
  const vocabulary = weights.get('tok_emb.weight')?.dims[0];
  if (vocabulary !== settings.codebookSize) {
    throw new InvalidArgumentError(
      `the transformer has ${vocabulary ?? 'no'} codes, the codebook of the first stage ${settings.codebookSize}: they are not of one model`,
    );
  }
  if (2 * window.height * window.width > positions) {
    throw new InvalidArgumentError(
      `coordinates and codes of a window of ${window.width}x${window.height} take ${2 * window.height * window.width} places, the transformer has ${positions}: change prior.window with --set`,
    );
  }
  const transformer = codeTransformer({ vocabulary, positions, layers, heads, width });
  return { transformer, weights: fitWeights(prior, priorState(transformer), weights), window, conditioning };
}

function priorState(transformer: CodeTransformer) {
  return describeNetwork((scope) => transformer.forward(scope, scope.graph.input('tokens', 'int64', [1, 2])));
}

/** As large as what the prior sees; published: 256. */
function trainedSize({ prior, autoencoder }: VectorQuantizedModel): number {
  return prior === undefined ? 256 : prior.window.width * autoencoder.sizeMultiple;
}

async function withStyles(
  painter: CodePainter,
  model: VectorQuantizedModel,
  { stylesSource, stylesTarget }: ImportRequest,
  size: Manifest['image'],
): Promise<VectorQuantizedModel> {
  const source = stylesSource && (await domainStyles(painter, 'source', stylesSource, size));
  const other = stylesTarget && (await domainStyles(painter, 'target', stylesTarget, size));
  return {
    ...model,
    styles: {
      ...(source && { [model.source]: source }),
      ...(other && { [otherDomain(model.source)]: other }),
    },
  };
}
