import { InvalidArgumentError } from '../../core/errors.ts';
import type { Manifest } from '../../core/manifest.ts';
import type { Pixels, Size } from '../../image/index.ts';
import type { SessionOptions } from '../../runtime/index.ts';
import { squarePolicy } from '../export/image-policy.ts';
import { floatOutputGraph, inferenceGraph } from '../export/inference-graph.ts';
import { type PackagedNetwork, packagedGraph } from '../export/packaged-network.ts';
import { networkRole } from '../export/packaged-translator.ts';
import type { StateDict } from '../pytorch/index.ts';
import { chooseGenerator } from './find-generators.ts';
import type { FoundModel } from './found-model.ts';
import { generatorNetwork, type ImportedGenerator } from './generator-network.ts';
import { withChanges } from './generator-schema.ts';
import type { ImportRequest } from './import-request.ts';
import { recognise } from './recognise.ts';
import { settingsText } from './settings-schema.ts';
import { Trial, trialPicture } from './trial.ts';

/**
 * The generator among state dicts, with its weights.
 * @throws CheckpointError, WeightsMismatchError, TrialError, and InvalidArgumentError for what was asked wrongly
 */
export async function generatorModel(
  dicts: ReadonlyMap<string, StateDict>,
  { network, changes, size, session }: ImportRequest,
): Promise<FoundModel> {
  const { key, weights } = chooseGenerator(dicts, network);
  const settings = withChanges(recognise(weights), changes);
  const generator = generatorNetwork(settings, weights);
  const image = imageOf(generator, size);
  await requireFinite(generator, image, session);
  const packaged = packagedGraph(inferenceGraph(generator), generator.parameters);
  const text = `${settingsText(settings)}${key === '' ? '' : ` (${key})`}`;
  return feedForwardModel(packaged, { image, generator: text, session });
}

/** A model of one network. */
export function feedForwardModel(
  network: PackagedNetwork,
  {
    image,
    generator,
    session,
  }: Pick<FoundModel, 'image' | 'generator'> & { readonly session: SessionOptions },
): FoundModel {
  return {
    networks: { [networkRole]: network },
    translator: { kind: 'feed-forward', network: networkRole },
    image,
    generator,
    async try(pictures) {
      const trial = await Trial.open(network, session);
      try {
        await trial.translate(trialPicture(image));
        const pairs: [Pixels, Pixels][] = [];
        for (const picture of pictures) pairs.push([picture, await trial.translate(picture)]);
        return pairs;
      } finally {
        await trial.close();
      }
    },
  };
}

function imageOf({ sizeMultiple }: ImportedGenerator, size: number | undefined): Manifest['image'] {
  // A U-Net is named after the size that it halves to one pixel.
  return squareImage(size ?? (sizeMultiple > 64 ? sizeMultiple : 256), sizeMultiple);
}

/** @throws InvalidArgumentError when the side is no multiple of what it must be */
export function squareImage(side: number, sizeMultiple: number): Manifest['image'] {
  if (side % sizeMultiple === 0) return squarePolicy(side, sizeMultiple);
  throw new InvalidArgumentError(
    `this generator takes sizes that are multiples of ${sizeMultiple} pixels, got --size ${side}`,
  );
}

/** In the package the translation is bytes, among which nothing tells what was not a number. */
async function requireFinite(
  generator: ImportedGenerator,
  size: Size,
  session: SessionOptions,
): Promise<void> {
  const packaged = packagedGraph(floatOutputGraph(generator), generator.parameters);
  const trial = await Trial.open(packaged, session);
  try {
    await trial.requireFinite(trialPicture(size));
  } finally {
    await trial.close();
  }
}
