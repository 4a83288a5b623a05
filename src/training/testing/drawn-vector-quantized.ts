import { Random } from '../../core/random.ts';
import type { Tensor } from '../../core/tensor.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import {
  type CodeTransformer,
  type CodeTransformerOptions,
  codeTransformer,
} from '../../nn/networks/code-transformer/code-transformer.ts';
import {
  type VqAutoencoder,
  type VqAutoencoderOptions,
  vqAutoencoder,
} from '../../nn/networks/vq-i2i/autoencoder.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { stateOf } from '../methods/networks.ts';
import { applyAll } from '../methods/vq-i2i/networks.ts';

type Weights = Map<string, Tensor>;

/**
 * A small first stage of VQ-I2I: 16 codes of 4x4 pixels, attention at the second of three levels. Its weights are drawn so
 * wide that codes and styles differ from place to place and from picture to picture.
 */
export function drawnAutoencoder(changes: VqAutoencoderOptions = {}): {
  autoencoder: VqAutoencoder;
  weights: Weights;
} {
  const autoencoder = vqAutoencoder({
    channels: 32,
    multipliers: [1, 1, 2],
    residualBlocks: 1,
    resolution: 32,
    attentionResolutions: [16],
    contentChannels: 6,
    codebookSize: 16,
    codeDimension: 5,
    styleChannels: 4,
    styleCodeSize: 3,
    perceptronChannels: 8,
    ...changes,
  });
  const state = stateOf([1, 3, 32, 32], (scope, pictures) => applyAll(autoencoder, scope, pictures));
  const weights = initializeNetwork(state, { type: 'xavier', gain: 1.5 }, Random.of(3, 'autoencoder'));
  return { autoencoder, weights };
}

/** A code transformer, and drawn weights. @param gain above 1: codes are likelier and less likely than one another */
export function drawnTransformer(
  options: CodeTransformerOptions,
  gain = 1,
): { transformer: CodeTransformer; weights: Weights } {
  const transformer = codeTransformer(options);
  const state = describeNetwork((scope) =>
    transformer.forward(scope, scope.graph.input('tokens', 'int64', [1, 2])),
  );
  return {
    transformer,
    weights: initializeNetwork(state, { type: 'xavier', gain }, Random.of(4, 'prior')),
  };
}
