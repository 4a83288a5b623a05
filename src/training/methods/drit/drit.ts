import type { DritOptions } from '../../config/drit.ts';
import type { StepBuilder } from '../../step/step-builder.ts';
import { type Domain, domains, forDomains, otherDomain } from '../domains.ts';
import type { ExemplarGuidedTranslator, Method, StepKind } from '../method.ts';
import type { BatchShape } from '../networks.ts';
import { contentDiscriminatorLoss, domainDiscriminatorLosses, sum } from './discriminators.ts';
import { encoderGeneratorLoss, latentRegressionLoss } from './generator-losses.ts';
import { dritNetworks, trainedNetworks } from './networks.ts';
import { dritPass, encodeContent, picturesOf, type Writing } from './pass.ts';

/**
 * DRIT: Diverse Image-to-Image Translation via Disentangled Representations (Lee et al., ECCV 2018), and DRIT++ (IJCV
 * 2020), which adds mode seeking. A picture is encoded as content, which both domains share, and attribute, which is
 * its domain's own; a translation is the content with an attribute of the other domain: that of a picture, or a random
 * one, of which there are as many as wanted.
 *
 * Of `contentSteps` (d_iter) steps all but the last update the content discriminator alone, which encoders would
 * otherwise outrun; the last updates everything: discriminators, then encoders and generator by the updated ones. The
 * published loop counts within an epoch, and makes its last two steps full ones as well; here the steps of the whole run
 * are counted, so that the share of full steps does not depend on how many pictures there are.
 *
 * In a full step the optimizer of content encoder and generator steps twice: on EG_total, then on G_alone_total (see
 * `generator-losses.ts`). Both gradients are those at the weights from before the first of the two steps. The published
 * code walks back through the saved activations of that same forward pass, but with weights that the first step has
 * moved already, which is the gradient of no function; it differs from ours by as little as one Adam step changes.
 */
export function drit(options: DritOptions, batch: BatchShape): Method {
  const { contentSteps, gradientNorm } = options;
  const clipping = gradientNorm === undefined ? {} : { gradientNorm };
  const networks = dritNetworks(options, batch[1]);
  const fullStepsBefore = (iteration: number) => Math.floor((iteration - 1) / contentSteps);

  function updateContentDiscriminator(builder: StepBuilder): void {
    const writing = { builder, networks, options, batch };
    const pictures = picturesOf(writing);
    const content = forDomains((domain) =>
      encodeContent(writing, domain, pictures[domain].encoded, domain === 'A' ? 'n0' : 'n1'),
    );
    builder.minimize('contentDiscriminator', contentDiscriminatorLoss(writing, content));
  }

  function updateAll(builder: StepBuilder): void {
    const writing: Writing = { builder, networks, options, batch };
    const pass = dritPass(writing);
    const ofPictures = domainDiscriminatorLosses(writing, pass);
    const ofContent = contentDiscriminatorLoss(
      writing,
      forDomains((domain) => pass.domains[domain].content),
    );
    builder.minimize(['discriminators', 'contentDiscriminator'], sum(writing, [...ofPictures, ofContent]));
    builder.minimizeInTurn([
      { optimizers: ['generator', 'attributeEncoder'], loss: encoderGeneratorLoss(writing, pass) },
      { optimizers: 'generator', loss: latentRegressionLoss(writing, pass) },
    ]);
  }

  const full: StepKind = { name: 'step', build: updateAll };
  const contentAlone: StepKind = { name: 'content discriminator', build: updateContentDiscriminator };
  const steps = contentSteps === 1 ? [full] : [full, contentAlone];
  return {
    name: 'drit',
    networks: trainedNetworks(networks, options, batch),
    optimizers: {
      contentDiscriminator: {
        networks: ['disContent'],
        adam: options.contentOptimizer,
        gradientNorm: options.contentGradientNorm,
      },
      discriminators: {
        networks: ['disA', 'disA2', 'disB', 'disB2'],
        adam: options.optimizer,
        updatesBefore: fullStepsBefore,
      },
      attributeEncoder: {
        networks: ['enc_a'],
        adam: options.optimizer,
        ...clipping,
        updatesBefore: fullStepsBefore,
      },
      generator: {
        networks: ['enc_c', 'gen'],
        adam: options.optimizer,
        ...clipping,
        updatesBefore: (iteration) => 2 * fullStepsBefore(iteration),
      },
    },
    steps,
    stepAt: (iteration) => steps.indexOf(iteration % contentSteps === 0 ? full : contentAlone),
    translators: domains.map((domain) => translatorFrom(domain, networks, options)),
  };
}

function translatorFrom(
  from: Domain,
  networks: ReturnType<typeof dritNetworks>,
  { attributeCodeSize }: DritOptions,
): ExemplarGuidedTranslator {
  const to = otherDomain(from);
  return {
    kind: 'exemplar-guided',
    from,
    to,
    sizeMultiple: 4,
    identity: false,
    attributeCodeSize,
    contentEncoder: {
      network: 'enc_c',
      forward: (scope, pictures) => networks.content.forward(scope, from, pictures),
    },
    attributeEncoder: {
      network: 'enc_a',
      forward: (scope, pictures) => networks.attribute.forward(scope, to, pictures).mean,
    },
    generator: {
      network: 'gen',
      forward: (scope, content, attribute) => networks.generator.forward(scope, to, content, attribute),
    },
  };
}
