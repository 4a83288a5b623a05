import { patchSampler } from '../../nn/networks/patch-sampler.ts';
import { resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CutOptions } from '../config/cut.ts';
import { adversarialLoss } from '../losses/adversarial.ts';
import { average } from '../losses/average.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import type { Method } from './method.ts';
import { type BatchShape, discriminatorOf, patchSamplerState, shapesOf, stateOf } from './networks.ts';
import { inOnePass } from './one-pass.ts';
import { patchContrast } from './patch-contrast.ts';
import { randomMirror } from './random-mirror.ts';

/** Names of the contrastive losses: of A and its translation, of B and its own. */
const contrastNames = ['NCE', 'NCE_Y'] as const;

/** Pictures and their translations: those of A and, with identity contrast, those of B. */
interface Pass {
  readonly sources: readonly Value[];
  readonly translations: readonly Value[];
}

/** Feature maps of translations and of their sources, one a layer. */
interface Maps {
  readonly queries: readonly Value[];
  readonly keys: readonly Value[];
}

/**
 * CUT and, with its option set, FastCUT: Contrastive Learning for Unpaired Image-to-Image Translation
 * (Park et al., ECCV 2020). One generator from A to B; a patch of the translation must be closer to the patch of the
 * source at its own place than to the others.
 *
 *   L_D = (GAN(D(G(a)), fake) + GAN(D(b), real)) / 2
 *   L_G = lambda_GAN GAN(D(G(a)), real) + (NCE(a, G(a)) + NCE(b, G(b))) / 2     (the second NCE: identityContrast)
 *
 * D is updated first; G's loss uses the updated D. G and the patch sampler F share an optimizer.
 */
export function cut(options: CutOptions, batch: BatchShape): Method {
  const { featureLayers, identityContrast, initialization, optimizer: adam } = options;
  const [count, channels] = batch;
  const generator = resnetGenerator({
    ...options.generator,
    inputChannels: channels,
    outputChannels: channels,
  });
  const discriminator = discriminatorOf(options.discriminator);
  const sampler = patchSampler({ dimension: options.projectionChannels });

  function step(builder: StepBuilder): void {
    const realA = builder.pictures('real_A', 'A', batch);
    const realB = builder.pictures('real_B', 'B', batch);
    const mirror = options.flipEquivariance ? randomMirror(builder, 'mirrored') : (x: Value) => x;
    const sources = identityContrast ? [realA, realB] : [realA];
    // As published, the pictures of both domains go through the generator together.
    const translations = inOnePass(builder.graph, sources.map(mirror), (pictures) => [
      generator.forward(builder.network('generator'), pictures),
    ]).flat();
    const [fakeB, identityB] = translations as [Value, Value?];
    builder.observe('fake_B', fakeB);
    if (identityB) builder.observe('idt_B', identityB);
    updateDiscriminator(builder, fakeB, realB);
    updateGenerator(builder, { sources, translations, mirror });
  }

  function updateDiscriminator(builder: StepBuilder, fakeB: Value, realB: Value): void {
    const g = builder.graph;
    const fake = builder.report('D_fake', judge(builder, g.StopGradient(fakeB), false));
    const real = builder.report('D_real', judge(builder, realB, true));
    builder.minimize('discriminator', builder.report('D', average(g, [fake, real])));
  }

  function updateGenerator(
    builder: StepBuilder,
    pass: Pass & { readonly mirror: (x: Value) => Value },
  ): void {
    const g = builder.graph;
    const [fakeB] = pass.translations as [Value];
    const judged = g.Mul(judge(builder, fakeB, true), options.adversarialWeight);
    const gan = builder.report('G_GAN', judged);
    const contrasts = featuresByDomain(builder, pass).map(({ queries, keys }, domain) => {
      const name = contrastNames[domain] as string;
      return builder.report(name, contrast(builder, name, { queries: queries.map(pass.mirror), keys }));
    });
    builder.minimize('generator', builder.report('G', g.Add(gan, average(g, contrasts))));
  }

  /** GAN(D(pictures), real or fake), by the discriminator as it is now. */
  function judge(builder: StepBuilder, pictures: Value, real: boolean): Value {
    const prediction = discriminator.forward(builder.network('discriminator'), pictures);
    return adversarialLoss(builder.graph, options.adversarialObjective, prediction, real);
  }

  function contrast(builder: StepBuilder, name: string, maps: Maps): Value {
    return patchContrast(builder, {
      ...maps,
      name,
      sample: (features, positions) => sampler.forward(builder.network('patchSampler'), features, positions),
      patches: options.patches,
      temperature: options.temperature,
      pictures: options.negativesFromMinibatch ? 1 : count,
      weight: options.contrastiveWeight,
    });
  }

  /**
   * The generator's features of translations and sources, domain by domain. Both domains go through it together; what
   * the translating pass has computed already (without a mirror, the features of the sources) is merged with it later.
   * Batch norm, which looks at all that is in a pass and counts the passes, sees them one by one in the published order.
   */
  function featuresByDomain(builder: StepBuilder, { translations, sources }: Pass): Maps[] {
    const encode = (x: Value) => generator.encode(builder.network('generator'), x, featureLayers);
    if (options.generator.normalization === 'batch') {
      return zip(translations, sources).map(([translation, source]) => ({
        queries: encode(translation),
        keys: encode(source),
      }));
    }
    const encoded = (pictures: readonly Value[]) => inOnePass(builder.graph, pictures, encode);
    return zip(encoded(translations), encoded(sources)).map(([queries, keys]) => ({ queries, keys }));
  }

  const featureShapes = shapesOf(batch, (scope, x) => generator.encode(scope, x, featureLayers));
  return {
    name: 'cut',
    networks: {
      generator: { state: stateOf(batch, generator.forward), initialization },
      discriminator: { state: stateOf(batch, discriminator.forward), initialization },
      patchSampler: { state: patchSamplerState(sampler, featureShapes), initialization },
    },
    optimizers: {
      discriminator: { networks: ['discriminator'], adam },
      generator: { networks: ['generator', 'patchSampler'], adam },
    },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: [
      {
        kind: 'feed-forward',
        from: 'A',
        to: 'B',
        network: 'generator',
        forward: generator.forward,
        sizeMultiple: 4,
        identity: identityContrast,
      },
    ],
  };
}

function zip<T>(first: readonly T[], second: readonly T[]): [T, T][] {
  return first.map((value, index) => [value, second[index] as T]);
}
