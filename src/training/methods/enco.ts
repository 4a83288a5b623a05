import { InvalidArgumentError } from '../../core/errors.ts';
import { scalar } from '../../core/tensor.ts';
import type { InitializationPolicy } from '../../nn/initialize.ts';
import { resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import { stageProjector } from '../../nn/networks/stage-projector.ts';
import type { ParameterSpec } from '../../nn/parameters.ts';
import { describeNetwork, type NetworkState } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import type { EncoOptions } from '../config/enco.ts';
import type { TrainingConfig } from '../config/index.ts';
import { adversarialLoss } from '../losses/adversarial.ts';
import { average } from '../losses/average.ts';
import { cosineDistance } from '../losses/cosine-distance.ts';
import { meanAbsoluteDifference } from '../losses/mean-absolute-difference.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import { guidedPositions } from './guided-positions.ts';
import type { Method, StepContext } from './method.ts';
import { type BatchShape, discriminatorOf, shapesOf, stateOf } from './networks.ts';
import { inOnePass } from './one-pass.ts';
import { randomMirror } from './random-mirror.ts';

type Schedule = Pick<TrainingConfig['schedule'], 'unit' | 'constant' | 'decay'>;

/**
 * EnCo: Rethinking the Paradigm of Content Constraints in Unpaired Image-to-Image Translation (Cai et al., AAAI 2024).
 * One generator from A to B, run once. A patch of a decoder stage must be like the patch at its place in the encoder
 * stage of the same size; which places are compared is for the discriminator to say (see guided-positions.ts).
 *
 *   L_D       = (GAN(D(G(a)), fake) + GAN(D(b), real)) / 2
 *   L_content = lambda_NCE mean over stages of 2 - 2 cos(predictor(projector(decoder)), sg(projector(encoder)))
 *   L_G       = lambda_GAN GAN(D(G(a)), real) + (L_content + lambda_IDT |G(b) - b|) / 2     while the identity is trained
 *   L_G       = lambda_GAN GAN(D(G(a)), real) + L_content                                   afterwards
 *
 * D is updated first; L_G uses the updated D. Generator, discriminator, and projector with predictor have optimizers of
 * their own. The generator goes on translating B when the identity has ended, at no weight: the published code leaves
 * it out, which only running statistics of batch norms could show.
 */
export function enco(options: EncoOptions, batch: BatchShape, schedule: Schedule): Method {
  const { featureLayers, initialization, projectionChannels: dimension } = options;
  const [count, channels] = batch;
  const stages = featureLayers.length / 2;
  const generator = resnetGenerator({
    ...options.generator,
    inputChannels: channels,
    outputChannels: channels,
  });
  const discriminator = discriminatorOf(options.discriminator);
  const projector = stageProjector({ dimension, normalization: options.projectionNormalization });

  function step(builder: StepBuilder): void {
    const g = builder.graph;
    const realA = picturesOf(builder, 'A');
    const realB = picturesOf(builder, 'B');
    const { fakeB, identityB, features } = translate(builder, realA, realB);
    builder.observe('fake_B', fakeB);
    updateDiscriminator(builder, fakeB, realB);

    const prediction = discriminator.forward(builder.network('discriminator'), fakeB);
    const fooled = adversarialLoss(g, options.adversarialObjective, prediction, true);
    const gan = builder.report('G_GAN', g.Mul(fooled, options.adversarialWeight));
    const content = builder.report('BYOL', contentLoss(builder, features, prediction));
    const constraint = identityB ? withIdentity(builder, content, { realB, identityB }) : content;
    builder.minimize(['generator', 'projector'], builder.report('G', g.Add(gan, constraint)));
  }

  /** G(a) with the features of its pass, and G(b): together, as published, where they have one size. */
  function translate(builder: StepBuilder, realA: Value, realB: Value) {
    const pass = (pictures: Value) => {
      const network = builder.network('generator');
      const { output, features } = generator.features(network, pictures, featureLayers);
      return [output, ...features];
    };
    const [ofA, ofB] = inOnePass(builder.graph, options.identity ? [realA, realB] : [realA], pass);
    const [fakeB, ...features] = ofA as readonly [Value, ...Value[]];
    return { fakeB, features, identityB: ofB?.[0] };
  }

  /** As published, `flip_equivariance` mirrors each domain's pictures by a coin of their own, and nothing back. */
  function picturesOf(builder: StepBuilder, domain: 'A' | 'B'): Value {
    const pictures = builder.pictures(`real_${domain}`, domain, batch);
    return options.flipEquivariance ? randomMirror(builder, `mirrored.${domain}`)(pictures) : pictures;
  }

  function updateDiscriminator(builder: StepBuilder, fakeB: Value, realB: Value): void {
    const g = builder.graph;
    const judge = (name: string, pictures: Value, real: boolean) => {
      const prediction = discriminator.forward(builder.network('discriminator'), pictures);
      return builder.report(name, adversarialLoss(g, options.adversarialObjective, prediction, real));
    };
    const both = [judge('D_fake', g.StopGradient(fakeB), false), judge('D_real', realB, true)];
    builder.minimize('discriminator', builder.report('D', average(g, both)));
  }

  /** @param prediction the discriminator's map of the translations */
  function contentLoss(builder: StepBuilder, features: readonly Value[], prediction: Value): Value {
    const g = builder.graph;
    const held = (value: Value) => (options.stopGradient ? g.StopGradient(value) : value);
    const encoder = features.slice(0, stages).map(held);
    const decoder = features.slice(stages).reverse();
    const positions = decoder.map((map, stage) => {
      const chosen = guidedPositions(builder, stage, { scores: prediction, map }, options);
      return builder.observe(`dag_ids.l${stage}`, chosen);
    });
    const predict = options.predictor;
    // Queries first: both passes move the running statistics of the projector's norms.
    const queries = projector.forward(builder.network('projector'), decoder, positions, { predict });
    const keys = projector.forward(builder.network('projector'), encoder, positions, { predict: false });
    const distances = queries.map((query, stage) =>
      g.ReduceMean(cosineDistance(g, query, held(keys[stage] as Value)), undefined, false),
    );
    return g.Mul(average(g, distances), options.contentWeight);
  }

  /** (content + identity) / 2 while the identity is trained, then the content alone. */
  function withIdentity(
    builder: StepBuilder,
    content: Value,
    { realB, identityB }: { readonly realB: Value; readonly identityB: Value },
  ): Value {
    const g = builder.graph;
    builder.observe('idt_B', identityB);
    const weight = builder.feed('identity.weight', 'float32', [], (at) => scalar(identityWeightAt(at)));
    const share = builder.feed('identity.share', 'float32', [], (at) => scalar(isTrainedAt(at) ? 0.5 : 1));
    const distance = meanAbsoluteDifference(g, identityB, realB);
    const identity = builder.report('BYOL_Y', g.Mul(distance, weight));
    return g.Mul(g.Add(content, identity), share);
  }

  const timeOf = ({ epoch, iteration }: StepContext) => (schedule.unit === 'epochs' ? epoch : iteration);
  const isTrainedAt = (at: StepContext) => timeOf(at) <= (options.identityTime ?? schedule.constant);

  function identityWeightAt(at: StepContext): number {
    if (!isTrainedAt(at)) return 0;
    const total = schedule.constant + schedule.decay;
    return options.identityWeight * (options.identityDecay ? (total - timeOf(at)) / total : 1);
  }

  /** Norms of vectors keep the defaults of the library: the published initialisation passes them over. */
  function projectorInitialization({ role }: ParameterSpec): InitializationPolicy {
    return role === 'norm-weight' || role === 'norm-bias' ? { type: 'torch-default' } : initialization;
  }

  function projectorState(): NetworkState {
    const shapes = shapesOf(batch, (scope, x) => generator.features(scope, x, featureLayers).features);
    requireMirrored(shapes, featureLayers);
    return describeNetwork((scope) => {
      const maps = shapes
        .slice(0, stages)
        .map((shape, stage) => scope.graph.input(`features_${stage}`, 'float32', shape));
      const positions = maps.map((_, stage) => scope.graph.input(`positions_${stage}`, 'int64', [count, 1]));
      return projector.forward(scope, maps, positions, { predict: true });
    });
  }

  return {
    name: 'enco',
    networks: {
      generator: { state: stateOf(batch, generator.forward), initialization },
      discriminator: { state: stateOf(batch, discriminator.forward), initialization },
      projector: { state: projectorState(), initialization: projectorInitialization },
    },
    optimizers: {
      discriminator: { networks: ['discriminator'], adam: options.discriminatorOptimizer },
      generator: { networks: ['generator'], adam: options.optimizer },
      projector: { networks: ['projector'], adam: options.projectorOptimizer },
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
        identity: options.identity,
      },
    ],
  };
}

/** @throws InvalidArgumentError when a layer of the encoder and its mirror image in the decoder differ in shape */
function requireMirrored(shapes: readonly (readonly number[])[], layers: readonly number[]): void {
  for (const [index, shape] of shapes.slice(0, shapes.length / 2).entries()) {
    const mirror = shapes.length - 1 - index;
    const other = shapes[mirror] as readonly number[];
    if (shape.join() === other.join()) continue;
    throw new InvalidArgumentError(
      `featureLayers must mirror each other: layer ${layers[index]} is [${shape.join(', ')}], ` +
        `layer ${layers[mirror]} is [${other.join(', ')}]`,
    );
  }
}
