import { InvalidArgumentError } from '../../core/errors.ts';
import { resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import { unetGenerator } from '../../nn/networks/unet-generator.ts';
import { describeNetwork, parameterCount } from '../../nn/sources.ts';
import type { PictureNetwork } from '../export/inference-graph.ts';
import type { StateDict } from '../pytorch/index.ts';
import { fitWeights } from './fit-weights.ts';
import type { GeneratorSettings } from './generator-schema.ts';

/** A published generator with its weights. */
export interface ImportedGenerator extends PictureNetwork {
  readonly inputChannels: number;
  /** Number of trained values. */
  readonly parameters: number;
}

/**
 * The generator of these settings with these weights.
 * @throws WeightsMismatchError when they do not belong together
 * @throws InvalidArgumentError when its channels cannot be those of a picture
 */
export function generatorNetwork(settings: GeneratorSettings, weights: StateDict): ImportedGenerator {
  const { inputChannels, outputChannels } = settings;
  const unit = settings.kind === 'unet' ? 2 ** settings.downs : 4;
  const { forward } = settings.kind === 'unet' ? unetGenerator(settings) : resnetGenerator(settings);
  const state = describeNetwork((scope) =>
    forward(scope, scope.graph.input('pictures', 'float32', [1, inputChannels, 2 * unit, 2 * unit])),
  );
  const fitting = fitWeights(settings, state, weights);
  for (const channels of [inputChannels, outputChannels]) requirePictureChannels(channels);
  return {
    name: 'generator',
    weights: fitting,
    forward,
    inputChannels,
    sizeMultiple: unit,
    parameters: parameterCount(state),
  };
}

/** @throws InvalidArgumentError when pictures of so many channels cannot be served */
export function requirePictureChannels(channels: number): void {
  if (channels <= 3) return;
  throw new InvalidArgumentError(
    `the generator takes or gives pictures of ${channels} channels; one (grey), two (red and green) or three can be served`,
  );
}
