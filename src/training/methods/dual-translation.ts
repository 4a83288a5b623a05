import { patchSampler } from '../../nn/networks/patch-sampler.ts';
import { resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import type { Value } from '../../onnx/ir.ts';
import type { DclganOptions } from '../config/dclgan.ts';
import { adversarialLoss } from '../losses/adversarial.ts';
import { average } from '../losses/average.ts';
import { meanAbsoluteDifference } from '../losses/mean-absolute-difference.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import type { TrainedNetwork, Translator } from './method.ts';
import { type BatchShape, discriminatorOf, patchSamplerState, shapesOf, stateOf } from './networks.ts';
import { inOnePassUnlessBatchNorm } from './one-pass.ts';
import { randomPositions } from './patch-contrast.ts';

/** One of the two directions: its networks by name, and what the published code calls its losses. */
export interface Direction {
  readonly from: 'A' | 'B';
  readonly to: 'A' | 'B';
  readonly generator: string;
  /** Judges pictures of `to`. */
  readonly discriminator: string;
  /** Projects the features that the generator of this direction sees. */
  readonly patchSampler: string;
  /** G_A, D_A and idt_A belong to the direction from A to B, as NCE1 does. */
  readonly letter: 'A' | 'B';
  readonly number: 1 | 2;
}

const aToB: Direction = {
  from: 'A',
  to: 'B',
  generator: 'generatorAtoB',
  discriminator: 'discriminatorB',
  patchSampler: 'patchSamplerAtoB',
  letter: 'A',
  number: 1,
};

const bToA: Direction = {
  from: 'B',
  to: 'A',
  generator: 'generatorBtoA',
  discriminator: 'discriminatorA',
  patchSampler: 'patchSamplerBtoA',
  letter: 'B',
  number: 2,
};

export const directions = [aToB, bToA] as const;

/** Pictures of each domain, [N, C, H, W]. */
export type ByDomain = Readonly<Record<'A' | 'B', Value>>;

/** Features of a source and of its translation at the same places, one matrix [N P, channels] a layer. */
interface Correspondence {
  readonly keys: readonly Value[];
  readonly queries: readonly Value[];
  /** Maps of the translation that the queries are taken from. */
  readonly queryMaps: readonly Value[];
}

type Options = Pick<
  DclganOptions,
  | 'generator'
  | 'discriminator'
  | 'initialization'
  | 'adversarialObjective'
  | 'adversarialWeight'
  | 'featureLayers'
  | 'patches'
  | 'projectionChannels'
>;

/**
 * What DCLGAN and SimDCL have in common: a generator, a discriminator and a patch sampler for each direction.
 * Passes run in the order of the published code, which running statistics of batch norms depend on.
 */
export function dualTranslation(options: Options, batch: BatchShape) {
  const { featureLayers, initialization } = options;
  const [, channels] = batch;
  const generator = resnetGenerator({
    ...options.generator,
    inputChannels: channels,
    outputChannels: channels,
  });
  const discriminator = discriminatorOf(options.discriminator);
  const sampler = patchSampler({ dimension: options.projectionChannels });

  /** What the direction's generator makes of each batch. */
  function translate(builder: StepBuilder, direction: Direction, batches: readonly Value[]): Value[] {
    const apply = (pictures: Value) => [generator.forward(builder.network(direction.generator), pictures)];
    return inOnePassUnlessBatchNorm(builder.graph, options.generator.normalization, batches, apply).flat();
  }

  /** GAN(D(pictures), real or fake), by the direction's discriminator as it is now. */
  function judge(builder: StepBuilder, direction: Direction, pictures: Value, real: boolean): Value {
    const prediction = discriminator.forward(builder.network(direction.discriminator), pictures);
    return adversarialLoss(builder.graph, options.adversarialObjective, prediction, real);
  }

  function encode(builder: StepBuilder, direction: Direction, pictures: Value): Value[] {
    return generator.encode(builder.network(direction.generator), pictures, featureLayers);
  }

  /** Features of the direction's sources, from the pass that translates them, which is merged with this one later. */
  function encodeSources(builder: StepBuilder, direction: Direction, real: ByDomain): readonly Value[] {
    const batches = [real[direction.from], real[direction.to]];
    if (options.generator.normalization === 'batch') batches.pop();
    const apply = (pictures: Value) => encode(builder, direction, pictures);
    return inOnePassUnlessBatchNorm(
      builder.graph,
      options.generator.normalization,
      batches,
      apply,
    )[0] as readonly Value[];
  }

  function featureShapes() {
    return shapesOf(batch, (scope, x) => generator.encode(scope, x, featureLayers));
  }

  return {
    featureShapes,

    networks(): Record<string, TrainedNetwork> {
      const network = (state: TrainedNetwork['state']) => ({ state, initialization });
      const generatorState = network(stateOf(batch, generator.forward));
      const discriminatorState = network(stateOf(batch, discriminator.forward));
      const samplerState = network(patchSamplerState(sampler, featureShapes()));
      return Object.fromEntries(
        directions.flatMap((direction) => [
          [direction.generator, generatorState],
          [direction.discriminator, discriminatorState],
          [direction.patchSampler, samplerState],
        ]),
      );
    },

    translators(): Translator[] {
      return directions.map(({ from, to, generator: network }) => ({
        kind: 'feed-forward',
        from,
        to,
        network,
        forward: generator.forward,
        sizeMultiple: 4,
        identity: true,
      }));
    },

    /** The pictures of a step, G_AB(a) and G_BA(b), and what each generator makes of its own target domain. */
    pictures(builder: StepBuilder) {
      const real = {
        A: builder.pictures('real_A', 'A', batch),
        B: builder.pictures('real_B', 'B', batch),
      };
      const [fakeB, identityB] = translate(builder, aToB, [real.A, real.B]) as [Value, Value];
      const [fakeA, identityA] = translate(builder, bToA, [real.B, real.A]) as [Value, Value];
      const fake = { A: fakeA, B: fakeB };
      const identity = { A: identityA, B: identityB };
      for (const { to } of directions) {
        builder.observe(`fake_${to}`, fake[to]);
        builder.observe(`idt_${to}`, identity[to]);
      }
      return { real, fake, identity };
    },

    /** (GAN(D(real), real) + GAN(D(fake), fake)) / 2 of a direction; the fakes are constants. */
    discriminatorLoss(builder: StepBuilder, direction: Direction, real: ByDomain, fake: ByDomain): Value {
      const { graph: g } = builder;
      const { to } = direction;
      const judged = [
        judge(builder, direction, real[to], true),
        judge(builder, direction, g.StopGradient(fake[to]), false),
      ];
      return average(g, judged);
    },

    /** lambda_GAN GAN(D(fake), real), reported as G_A or G_B. */
    adversarialTerm(builder: StepBuilder, direction: Direction, fake: ByDomain): Value {
      const loss = judge(builder, direction, fake[direction.to], true);
      return builder.report(`G_${direction.letter}`, builder.graph.Mul(loss, options.adversarialWeight));
    },

    /** weight |G(y) - y| for pictures y of the target domain, reported as idt_A or idt_B. */
    identityTerm(
      builder: StepBuilder,
      direction: Direction,
      { real, identity, weight }: { real: ByDomain; identity: ByDomain; weight: number },
    ): Value {
      const { graph: g } = builder;
      const difference = meanAbsoluteDifference(g, identity[direction.to], real[direction.to]);
      return builder.report(`idt_${direction.letter}`, g.Mul(difference, weight));
    },

    /**
     * Patches of the source as the way there encodes them (keys), and of the translation as the way back does
     * (queries), at the same random places.
     */
    correspondence(
      builder: StepBuilder,
      direction: Direction,
      { name, real, fake }: { name: string; real: ByDomain; fake: ByDomain },
    ): Correspondence {
      const back = direction === aToB ? bToA : aToB;
      const queryMaps = encode(builder, back, fake[direction.to]);
      const keyMaps = encodeSources(builder, direction, real);
      const positions = randomPositions(builder, name, keyMaps, options.patches);
      const keys = sampler.forward(builder.network(direction.patchSampler), keyMaps, positions);
      const queries = sampler.forward(builder.network(back.patchSampler), queryMaps, positions);
      return { keys, queries, queryMaps };
    },

    /** Patches of a translation at random places of their own. */
    otherPatches(
      builder: StepBuilder,
      direction: Direction,
      name: string,
      queryMaps: readonly Value[],
    ): Value[] {
      const back = direction === aToB ? bToA : aToB;
      const positions = randomPositions(builder, name, queryMaps, options.patches);
      return sampler.forward(builder.network(back.patchSampler), queryMaps, positions);
    },
  };
}
