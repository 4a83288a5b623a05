import type { VqI2iOptions } from '../../config/vq-i2i.ts';
import type { StepBuilder } from '../../step/step-builder.ts';
import { type Domain, domains, otherDomain } from '../domains.ts';
import type { ExemplarGuidedTranslator, Method } from '../method.ts';
import type { BatchShape } from '../networks.ts';
import { autoencoderLoss, reconstructionLoss } from './autoencoder-loss.ts';
import { followCodebook, usageMemory } from './codebook-usage.ts';
import { discriminatorLoss } from './discriminator-losses.ts';
import { autoencoderName, discriminators, trainedNetworks, type VqNetworks, vqNetworks } from './networks.ts';
import { reconstructionPass, vqPass } from './pass.ts';

/**
 * The first stage of VQ-I2I: Vector Quantized Image-to-Image Translation (Chen et al., ECCV 2022). Content of both
 * domains is written in one codebook; decoders of each domain paint it in a style.
 *
 * As published, the discriminators step first, then encoders, codebook and decoders on one loss, with the pictures that
 * the discriminators have seen and the discriminators as they are then. Reconstructions alone may come before, as
 * in VQGAN (Esser et al. 2021).
 */
export function vqI2i(options: VqI2iOptions, batch: BatchShape): Method {
  const networks = vqNetworks(options, batch);
  const { optimizer: adam, adversarialStart } = options;

  function reconstruction(builder: StepBuilder): void {
    const writing = { builder, networks, options, batch };
    const pass = reconstructionPass(writing);
    builder.minimize(autoencoderName, reconstructionLoss(writing, pass));
    followCodebook(writing, pass);
  }

  function step(builder: StepBuilder): void {
    const writing = { builder, networks, options, batch };
    const pass = vqPass(writing);
    for (const domain of domains) {
      builder.minimize(discriminators[domain], discriminatorLoss(writing, domain, pass));
    }
    builder.minimize(autoencoderName, autoencoderLoss(writing, pass));
    followCodebook(writing, pass);
  }

  return {
    name: 'vq-i2i',
    networks: trainedNetworks(networks, options, batch),
    optimizers: Object.fromEntries(
      [discriminators.A, discriminators.B, autoencoderName].map((name) => [name, { networks: [name], adam }]),
    ),
    steps: [
      { name: 'step', build: step },
      ...(adversarialStart > 0 ? [{ name: 'reconstruction', build: reconstruction }] : []),
    ],
    stepAt: (iteration) => (iteration > adversarialStart ? 0 : 1),
    translators: translators(networks, options),
    memory: usageMemory(options.codebook.size),
  };
}

function translators({ autoencoder }: VqNetworks, { style }: VqI2iOptions): ExemplarGuidedTranslator[] {
  const network = autoencoderName;
  const paintedBy = (domain: Domain): Pick<ExemplarGuidedTranslator, 'attributeEncoder' | 'generator'> => ({
    attributeEncoder: { network, forward: (scope, pictures) => autoencoder.style(scope, domain, pictures) },
    generator: {
      network,
      forward: (scope, content, attribute) => autoencoder.decode(scope, domain, content, attribute),
    },
  });
  return domains.map((from) => {
    const to = otherDomain(from);
    return {
      kind: 'exemplar-guided',
      from,
      to,
      sizeMultiple: autoencoder.sizeMultiple,
      identity: false,
      attributeCodeSize: style.codeSize,
      contentEncoder: {
        network,
        forward: (scope, pictures) =>
          autoencoder.quantize(scope, autoencoder.features(scope, pictures)).straightThrough,
      },
      ...paintedBy(to),
      own: paintedBy(from),
    };
  });
}
