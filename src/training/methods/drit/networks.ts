import type { PolicyChoice } from '../../../nn/initialize.ts';
import { attributeEncoder } from '../../../nn/networks/drit/attribute-encoder.ts';
import { contentDiscriminator } from '../../../nn/networks/drit/content-discriminator.ts';
import { contentEncoder } from '../../../nn/networks/drit/content-encoder.ts';
import { domainDiscriminator } from '../../../nn/networks/drit/domain-discriminator.ts';
import { exemplarGenerator } from '../../../nn/networks/drit/exemplar-generator.ts';
import { describeNetwork } from '../../../nn/sources.ts';
import type { DritOptions } from '../../config/drit.ts';
import { domains, forDomains } from '../domains.ts';
import type { TrainedNetwork } from '../method.ts';
import { type BatchShape, shapesOf, stateOf } from '../networks.ts';

/** The discriminators of a domain: `cross` judges translations with encoded attributes, `random` those with random ones. */
export const discriminators = {
  A: { cross: 'disA', random: 'disA2' },
  B: { cross: 'disB', random: 'disB2' },
} as const;

/** The networks that the options describe, for pictures of as many channels. */
export function dritNetworks(options: DritOptions, channels: number) {
  const { variant, filters: width } = options.generator;
  const { scales, filters, spectralNorm } = options.discriminator;
  return {
    content: contentEncoder({ width }),
    attribute: attributeEncoder({ variant, width, attributeCodeSize: options.attributeCodeSize }),
    generator: exemplarGenerator({ variant, outputChannels: channels }),
    domain: domainDiscriminator({ scales, width: filters, spectralNorm }),
    contentDiscriminator: contentDiscriminator(options.contentDiscriminator),
  };
}

export type DritNetworks = ReturnType<typeof dritNetworks>;

/**
 * Published: N(0, 0.02) for weights of convolutions, torch's own for all else. With spectral norm the published code
 * draws the quotient, which is computed anew, so that the weights themselves keep torch's own.
 */
const initialization: PolicyChoice = ({ role, name }) =>
  role === 'convolution-weight' && !name.endsWith('weight_orig')
    ? { type: 'normal', gain: 0.02 }
    : { type: 'torch-default' };

/** What is trained, by its name in the published checkpoint: each network holds both domains, as there. */
export function trainedNetworks(
  networks: DritNetworks,
  { attributeCodeSize }: DritOptions,
  batch: BatchShape,
): Record<string, TrainedNetwork> {
  const [content] = shapesOf(batch, (scope, pictures) => [
    networks.content.forward(scope, 'A', pictures),
  ]) as [readonly number[]];
  const ofPictures = (apply: Parameters<typeof stateOf>[1]) => ({
    state: stateOf(batch, apply),
    initialization,
  });
  const judge = ofPictures((scope, pictures) => networks.domain.forward(scope, pictures));
  const decoders = describeNetwork((scope) => {
    const code = scope.graph.input('attribute', 'float32', [batch[0], attributeCodeSize]);
    const features = scope.graph.input('content', 'float32', content);
    for (const domain of domains) networks.generator.forward(scope, domain, features, code);
  });
  return {
    disA: judge,
    disA2: judge,
    disB: judge,
    disB2: judge,
    disContent: {
      state: describeNetwork((scope) =>
        networks.contentDiscriminator.forward(scope, scope.graph.input('content', 'float32', content)),
      ),
      initialization,
    },
    enc_c: ofPictures((scope, pictures) =>
      forDomains((domain) => networks.content.forward(scope, domain, pictures)),
    ),
    enc_a: ofPictures((scope, pictures) =>
      forDomains((domain) => networks.attribute.forward(scope, domain, pictures)),
    ),
    gen: { state: decoders, initialization },
  };
}
