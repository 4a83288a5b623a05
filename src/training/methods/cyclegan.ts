import { float32 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CycleGanOptions } from '../config/cyclegan.ts';
import { adversarialLoss } from '../losses/adversarial.ts';
import { gradientPenalty } from '../losses/gradient-penalty.ts';
import { meanAbsoluteDifference } from '../losses/mean-absolute-difference.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import type { Domain } from './domains.ts';
import type { Method } from './method.ts';
import { type BatchShape, discriminatorOf, generatorOf, stateOf } from './networks.ts';
import { inOnePassUnlessBatchNorm } from './one-pass.ts';
import { exchangeWithPool, poolMemory } from './pooled-pictures.ts';

type Direction = 'AtoB' | 'BtoA';

/** The pictures of a step. */
interface Pass {
  readonly realA: Value;
  readonly realB: Value;
  /** G_AB(a), and what becomes of it on the way back. */
  readonly fakeB: Value;
  readonly recA: Value;
  /** G_BA(b), and what becomes of it on the way back. */
  readonly fakeA: Value;
  readonly recB: Value;
  /** G_BA(a) and G_AB(b), where they went through together with what is translated. */
  readonly identityA: Value | undefined;
  readonly identityB: Value | undefined;
}

/** What a discriminator is trained on. */
interface Judged {
  /** Published name of the discriminator. */
  readonly name: 'D_A' | 'D_B';
  /** Domain whose pictures it judges. */
  readonly domain: Domain;
  readonly real: Value;
  readonly fake: Value;
}

/**
 * CycleGAN: Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks (Zhu et al., ICCV 2017).
 * A generator for each direction; what is translated there and back must be what it was.
 *
 *   L_G = GAN(D_B(G_AB(a)), real) + lambda_A |G_BA(G_AB(a)) - a| + lambda_B lambda_identity |G_AB(b) - b|
 *       + GAN(D_A(G_BA(b)), real) + lambda_B |G_AB(G_BA(b)) - b| + lambda_A lambda_identity |G_BA(a) - a|
 *   L_D = (GAN(D(real), real) + GAN(D(fake), fake)) / 2 of each D
 *
 * The generators are updated first; the discriminators then see translations made before that update, or earlier ones
 * from a pool. With wgangp the gradient penalty (Gulrajani et al. 2017, equation 3) is a third term of the sum in L_D;
 * the published CycleGAN leaves it out. Losses have their published names, in which G_A is the generator from A to B,
 * and D_A judges its translations (our discriminatorB).
 */
export function cyclegan(options: CycleGanOptions, batch: BatchShape): Method {
  const { initialization, optimizer: adam, cycleWeightA, cycleWeightB, identityWeight, poolSize } = options;
  const [count, channels] = batch;
  const generator = generatorOf(options.generator, channels);
  const discriminator = discriminatorOf(options.discriminator);
  const penaltyWeight = options.adversarialObjective === 'wgangp' ? options.gradientPenaltyWeight : 0;

  function step(builder: StepBuilder): void {
    const realA = builder.pictures('real_A', 'A', batch);
    const realB = builder.pictures('real_B', 'B', batch);
    const [fakeB, identityB] = translate(builder, 'AtoB', [realA, ...alongside(realB)]) as [Value, Value?];
    const [fakeA, identityA] = translate(builder, 'BtoA', [realB, ...alongside(realA)]) as [Value, Value?];
    const [recA] = translate(builder, 'BtoA', [fakeB]) as [Value];
    const [recB] = translate(builder, 'AtoB', [fakeA]) as [Value];
    builder.observe('fake_B', fakeB);
    builder.observe('rec_A', recA);
    builder.observe('fake_A', fakeA);
    builder.observe('rec_B', recB);
    const pass = { realA, realB, fakeB, recA, fakeA, recB, identityA, identityB };
    updateGenerators(builder, pass);
    updateDiscriminators(builder, pass);
  }

  function updateGenerators(builder: StepBuilder, pass: Pass): void {
    const g = builder.graph;
    const cycle = (name: string, back: Value, real: Value, weight: number) =>
      builder.report(name, g.Mul(meanAbsoluteDifference(g, back, real), weight));
    const identities = identityWeight > 0 ? identityLosses(builder, pass) : [];
    const terms = [
      builder.report('G_A', judge(builder, 'B', pass.fakeB, true)),
      builder.report('G_B', judge(builder, 'A', pass.fakeA, true)),
      cycle('cycle_A', pass.recA, pass.realA, cycleWeightA),
      cycle('cycle_B', pass.recB, pass.realB, cycleWeightB),
      ...identities,
    ];
    builder.minimize('generators', builder.report('G', sum(g, terms)));
  }

  /** What goes through the same generator in the same pass; a batch norm sees it later, in the published order. */
  function alongside(real: Value): Value[] {
    return identityWeight > 0 && options.generator.normalization !== 'batch' ? [real] : [];
  }

  /** The generator of B leaves pictures of B as they are, that of A those of A. */
  function identityLosses(builder: StepBuilder, { realA, realB, ...pass }: Pass): Value[] {
    const g = builder.graph;
    const identity = (name: string, given: { kept: Value; real: Value; weight: number }) => {
      const difference = meanAbsoluteDifference(g, given.kept, given.real);
      return builder.report(name, g.Mul(difference, given.weight * identityWeight));
    };
    const keptB = pass.identityB ?? (translate(builder, 'AtoB', [realB])[0] as Value);
    const keptA = pass.identityA ?? (translate(builder, 'BtoA', [realA])[0] as Value);
    return [
      identity('idt_A', { kept: keptB, real: realB, weight: cycleWeightB }),
      identity('idt_B', { kept: keptA, real: realA, weight: cycleWeightA }),
    ];
  }

  function updateDiscriminators(builder: StepBuilder, { realA, realB, fakeA, fakeB }: Pass): void {
    const judgeOfB = { name: 'D_A', domain: 'B', real: realB, fake: fakeB } as const;
    const judgeOfA = { name: 'D_B', domain: 'A', real: realA, fake: fakeA } as const;
    const losses = [judgeOfB, judgeOfA].map((judged) => discriminatorLoss(builder, judged));
    builder.minimize('discriminators', sum(builder.graph, losses));
  }

  function discriminatorLoss(builder: StepBuilder, { name, domain, real, fake }: Judged): Value {
    const g = builder.graph;
    const shown = exchangeWithPool(builder, `fake_${domain}`, poolSize, g.StopGradient(fake));
    const terms = [judge(builder, domain, real, true), judge(builder, domain, shown, false)];
    if (penaltyWeight > 0) terms.push(penalty(builder, { name, domain, real, fake: shown }));
    return builder.report(name, g.Div(sum(g, terms), 2));
  }

  function penalty(builder: StepBuilder, { name, domain, real, fake }: Judged): Value {
    const g = builder.graph;
    const mix = builder.feed(`mix.${domain}`, 'float32', [count, 1, 1, 1], (_, random) =>
      float32(
        [count, 1, 1, 1],
        random.fill(count, (draw) => draw.uniform()),
      ),
    );
    const slopes = gradientPenalty(g, { real, fake, mix, judge: (x) => predict(builder, domain, x) });
    return builder.report(`${name}_penalty`, g.Mul(slopes, penaltyWeight));
  }

  /** What the direction's generator makes of each batch. */
  function translate(builder: StepBuilder, direction: Direction, batches: readonly Value[]): Value[] {
    const apply = (pictures: Value) => [
      generator.forward(builder.network(`generator${direction}`), pictures),
    ];
    return inOnePassUnlessBatchNorm(builder.graph, options.generator.normalization, batches, apply).flat();
  }

  function predict(builder: StepBuilder, domain: Domain, pictures: Value): Value {
    return discriminator.forward(builder.network(`discriminator${domain}`), pictures);
  }

  /** GAN(D(pictures), real or fake), by the domain's discriminator as it is now. */
  function judge(builder: StepBuilder, domain: Domain, pictures: Value, real: boolean): Value {
    const prediction = predict(builder, domain, pictures);
    return adversarialLoss(builder.graph, options.adversarialObjective, prediction, real);
  }

  const generatorNetwork = { state: stateOf(batch, generator.forward), initialization };
  const discriminatorNetwork = { state: stateOf(batch, discriminator.forward), initialization };
  const translator = { kind: 'feed-forward', ...generator, identity: identityWeight > 0 } as const;
  return {
    name: 'cyclegan',
    networks: {
      generatorAtoB: generatorNetwork,
      generatorBtoA: generatorNetwork,
      discriminatorA: discriminatorNetwork,
      discriminatorB: discriminatorNetwork,
    },
    optimizers: {
      generators: { networks: ['generatorAtoB', 'generatorBtoA'], adam },
      discriminators: { networks: ['discriminatorA', 'discriminatorB'], adam },
    },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: [
      { ...translator, from: 'A', to: 'B', network: 'generatorAtoB' },
      { ...translator, from: 'B', to: 'A', network: 'generatorBtoA' },
    ],
    memory: { ...poolMemory('fake_A', poolSize, batch), ...poolMemory('fake_B', poolSize, batch) },
  };
}

function sum(g: GraphBuilder, losses: readonly Value[]): Value {
  return losses.reduce((total, loss) => g.Add(total, loss));
}
