import { InvalidArgumentError } from '../../core/errors.ts';
import { int64, type Tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import { domainClassifier } from '../../nn/networks/adm/classifier.ts';
import type { AdmOptions } from '../../nn/networks/adm/layout.ts';
import { admUnet } from '../../nn/networks/adm/unet.ts';
import { ddpmUnet } from '../../nn/networks/ddpm/unet.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import { guidanceOf, samplingDefaults } from '../export/guided-choices.ts';
import {
  type GuidedDiffusionModel,
  guidedDiffusionDescription,
  guidedDiffusionNetworks,
  guidedParameters,
} from '../export/guided-diffusion-networks.ts';
import { GuidedSampler } from '../export/guided-sampler.ts';
import type { TimedNetwork } from '../export/guided-step-graph.ts';
import type { StateDict } from '../pytorch/index.ts';
import { classifiedSide } from './adm-layout.ts';
import { domainCount, encoderWeights, recogniseEgsde } from './egsde-checkpoint.ts';
import {
  type AdmSettings,
  betaOptionsOf,
  type EgsdeSettings,
  egsdeSchema,
  type ScoreSettings,
} from './egsde-schema.ts';
import { tryGuidedModel } from './egsde-trial.ts';
import { squareImage } from './feed-forward-model.ts';
import { fitWeights } from './fit-weights.ts';
import type { FoundModel } from './found-model.ts';
import type { NamedImport } from './import-request.ts';
import { changedSettings, settingsText } from './settings-schema.ts';

/** Of the networks of EGSDE, ready to be packaged. */
interface EgsdeWeights {
  readonly score: StateDict;
  readonly classifier: StateDict;
}

/** A network with its weights, and what sides of pictures are multiples of. */
interface SizedNetwork extends TimedNetwork {
  readonly sizeMultiple: number;
}

/**
 * EGSDE as it is packaged, of the checkpoints of its score network and of its classifier.
 * @throws WeightsMismatchError, TrialError, and InvalidArgumentError for what was asked wrongly
 */
export async function egsdeModel(weights: EgsdeWeights, request: NamedImport): Promise<FoundModel> {
  const { changes, session } = request;
  const recognised = recogniseEgsde(weights.score, weights.classifier, request.size ?? publishedSide);
  const settings = changedSettings(egsdeSchema, recognised, changes);
  const side = request.size ?? classifiedSide(weights.classifier, settings.classifier) ?? publishedSide;
  const score = scoreNetwork(settings, weights.score);
  const classifier = classifierNetwork(settings, weights.classifier);
  const multiple = Math.max(score.sizeMultiple, classifier.sizeMultiple);
  const image = { ...squareImage(side, multiple), flexible: false };
  const schedule = betaOptionsOf(settings.schedule);
  const model: GuidedDiffusionModel = {
    score,
    classifier,
    size: image,
    guidance: guidanceOf(request, side),
    schedule,
    variance: request.variance ?? 'fixedsmall',
    sources: sourcesOf(request, weights.classifier),
    defaults: samplingDefaults(request, schedule, side),
    severalSteps: request.severalSteps === true,
  };
  const networks = guidedDiffusionNetworks(model);
  await tryGuidedModel(model, networks, session);
  const parameters = guidedParameters(networks);
  return {
    networks,
    translator: guidedDiffusionDescription(model),
    image,
    generator: settingsText(settings),
    ...(parameters !== undefined && { parameters }),
    try: (pictures) =>
      GuidedSampler.during(model, networks, session, async (sampler) => {
        const pairs: [Pixels, Pixels][] = [];
        for (const [place, picture] of pictures.entries()) {
          pairs.push([picture, await sampler.translate(picture, place)]);
        }
        return pairs;
      }),
  };
}

const publishedSide = 256;

/** @throws InvalidArgumentError when the classifier tells fewer domains apart */
function sourcesOf({ source, alsoFrom = [] }: NamedImport, classifier: StateDict): string[] {
  const sources = [source, ...alsoFrom];
  const domains = domainCount(classifier);
  if (domains === undefined || sources.length < domains) return sources;
  throw new InvalidArgumentError(
    `the classifier tells ${domains} domains apart, one of them the target; got the sources ${sources.join(', ')}`,
  );
}

function scoreNetwork(settings: EgsdeSettings, weights: StateDict): SizedNetwork {
  const { score } = settings;
  const { sizeMultiple, forward } = score.network === 'adm' ? admScore(score) : ddpmScore(score);
  return { weights: fitting(settings, forward, sizeMultiple, weights), forward, sizeMultiple };
}

function classifierNetwork(settings: EgsdeSettings, weights: StateDict): SizedNetwork {
  const { sizeMultiple, features } = domainClassifier(admOptions(settings.classifier));
  const own = fitting(settings, features, sizeMultiple, encoderWeights(weights));
  return { weights: own, forward: features, sizeMultiple };
}

function fitting(
  settings: EgsdeSettings,
  forward: TimedNetwork['forward'],
  sizeMultiple: number,
  weights: StateDict,
): StateDict {
  const state = describeNetwork((scope) =>
    forward(
      scope,
      scope.graph.input('pictures', 'float32', [1, 3, 2 * sizeMultiple, 2 * sizeMultiple]),
      scope.graph.input('times', 'float32', [1]),
    ),
  );
  return fitWeights(settings, state, weights);
}

type AdmScore = Extract<ScoreSettings, { network: 'adm' }>;
type DdpmScore = Extract<ScoreSettings, { network: 'ddpm' }>;

/** @throws InvalidArgumentError when it is not said which class a network of classes is to make */
function admScore(settings: AdmScore) {
  const { outputChannels, classes, class: label } = settings;
  const conditional = classes > 0 ? { classes } : {};
  const unet = admUnet({ ...admOptions(settings), outputChannels, ...conditional });
  if (classes > 0 && !(label !== undefined && label < classes)) {
    throw new InvalidArgumentError(
      `the score network was told of ${classes} classes: say with --set score.class=0 which one pictures are made as, got ${label ?? 'none'}`,
    );
  }
  const { sizeMultiple } = unet;
  const forward = (scope: Scope, pictures: Value, times: Value) =>
    label === undefined || classes === 0
      ? unet.forward(scope, pictures, times)
      : unet.forward(scope, pictures, times, scope.graph.constant(int64([1], [label]) as Tensor));
  return { sizeMultiple, forward };
}

function ddpmScore(settings: DdpmScore) {
  const { network: _, attentionLevels, multipliers, ...others } = settings;
  // At this resolution no two levels have the same side.
  const resolution = 2 ** multipliers.length;
  const attentionResolutions = attentionLevels.map((level) => resolution / 2 ** level);
  return ddpmUnet({ ...others, multipliers, resolution, attentionResolutions });
}

function admOptions(settings: AdmSettings): AdmOptions {
  const { heads, headChannels, attentionLevels, channels, multipliers, residualBlocks } = settings;
  const { attentionOrder, scaleShift, residualResampling, convolutionalResampling } = settings;
  return {
    ...{ channels, multipliers, residualBlocks, attentionOrder, scaleShift },
    ...{ residualResampling, convolutionalResampling },
    heads: heads > 0 ? { count: heads } : { channels: headChannels },
    attentionRates: attentionLevels.map((level) => 2 ** level),
  };
}
