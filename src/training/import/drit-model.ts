import type { Pixels } from '../../image/index.ts';
import { attributeEncoder } from '../../nn/networks/drit/attribute-encoder.ts';
import { contentEncoder } from '../../nn/networks/drit/content-encoder.ts';
import { exemplarGenerator } from '../../nn/networks/drit/exemplar-generator.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import {
  type ExemplarGuidedModel,
  exemplarGuidedDescription,
  exemplarGuidedNetworks,
  floatOutputNetworks,
} from '../export/exemplar-guided-networks.ts';
import type { Direction } from '../export/export-request.ts';
import type { StateDict } from '../pytorch/index.ts';
import { domainsOf, recogniseDrit, weightsOfDirection } from './drit-checkpoint.ts';
import { type DritSettings, dritSchema } from './drit-schema.ts';
import { squareImage } from './feed-forward-model.ts';
import { fitWeights } from './fit-weights.ts';
import type { FoundModel } from './found-model.ts';
import { requirePictureChannels } from './generator-network.ts';
import { drawnCode, GuidedTrial } from './guided-trial.ts';
import type { ImportRequest } from './import-request.ts';
import { changedSettings, settingsText } from './settings-schema.ts';
import { trialPicture } from './trial.ts';

const sizeMultiple = 4;
/** Side of the pictures that the networks are described with: large enough for every halving. */
const describedSide = 64;

/**
 * The networks of one direction of a DRIT checkpoint.
 * @param weights as `dritWeights` gives them
 * @throws WeightsMismatchError, TrialError, and InvalidArgumentError for what was asked wrongly
 */
export async function dritModel(
  weights: StateDict,
  { direction = 'AtoB', changes, size, session }: ImportRequest,
): Promise<FoundModel> {
  const settings = changedSettings(dritSchema, recogniseDrit(weights, direction), changes);
  const model = modelOf(settings, direction, weightsOfDirection(weights, direction));
  const image = squareImage(size ?? 256, sizeMultiple);
  const picture = trialPicture(image);
  // In the package the translation is bytes, among which nothing tells what was not a number.
  await GuidedTrial.during(floatOutputNetworks(model), session, async (trial) =>
    trial.translate(picture, await trial.encode(picture)),
  );
  const networks = exemplarGuidedNetworks(model);
  const { attributeCodeSize } = settings;
  return {
    networks,
    translator: exemplarGuidedDescription(attributeCodeSize),
    image,
    generator: `${settingsText(settings)} (${direction})`,
    try: (pictures) =>
      GuidedTrial.during(networks, session, async (trial) => {
        await trial.picture(picture, drawnCode(attributeCodeSize, 0));
        const pairs: [Pixels, Pixels][] = [];
        for (const [index, given] of pictures.entries()) {
          pairs.push([given, await trial.picture(given, drawnCode(attributeCodeSize, index))]);
        }
        return pairs;
      }),
  };
}

/** Keys of `weights` have the names of their networks in front, and so do the scopes. */
function modelOf(settings: DritSettings, direction: Direction, weights: StateDict): ExemplarGuidedModel {
  const { inputChannels, outputChannels, attributeCodeSize } = settings;
  const parts = partsOf(settings, direction);
  const picture = (scope: Scope, name: string, channels: number) =>
    scope.graph.input(name, 'float32', [1, channels, describedSide, describedSide]);
  const state = describeNetwork((scope) => {
    const content = parts.content(scope, picture(scope, 'picture', inputChannels));
    const attribute = parts.attribute(scope, picture(scope, 'style', outputChannels));
    return parts.generate(scope, content, attribute);
  });
  const fitting = fitWeights(settings, state, weights);
  for (const channels of [inputChannels, outputChannels]) requirePictureChannels(channels);
  return {
    contentEncoder: { weights: fitting, forward: parts.content, inputChannels },
    attributeEncoder: { weights: fitting, forward: parts.attribute, inputChannels: outputChannels },
    generator: { weights: fitting, forward: parts.generate },
    attributeCodeSize,
    sizeMultiple,
  };
}

function partsOf({ variant, width, outputChannels, attributeCodeSize }: DritSettings, direction: Direction) {
  const [source, target] = domainsOf(direction);
  const content = contentEncoder({ width });
  const attribute = attributeEncoder({ variant, width, attributeCodeSize });
  const generator = exemplarGenerator({ variant, outputChannels });
  return {
    content: (scope: Scope, pictures: Value) => content.forward(scope.child('enc_c'), source, pictures),
    attribute: (scope: Scope, styles: Value) => attribute.forward(scope.child('enc_a'), target, styles).mean,
    generate: (scope: Scope, encoded: Value, codes: Value) =>
      generator.forward(scope.child('gen'), target, encoded, codes),
  };
}
