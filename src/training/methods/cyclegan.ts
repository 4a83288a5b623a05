import { float32 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CycleGanOptions } from '../config/cyclegan.ts';
import { absoluteError } from '../losses/absolute-error.ts';
import { adversarialLoss } from '../losses/adversarial.ts';
import { gradientPenalty } from '../losses/gradient-penalty.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import type { Method } from './method.ts';
import { type BatchShape, discriminatorOf, generatorOf, stateOf } from './networks.ts';
import { exchangeWithPool, poolMemory } from './pooled-pictures.ts';

type Domain = 'A' | 'B';
type Direction = 'AtoB' | 'BtoA';

/** The pictures of a step. */
interface Pass {
  readonly realA: Value;
  readonly realB: Value;
  /** G_AtoB(a) and back. */
  readonly fakeB: Value;
  readonly recA: Value;
  /** G_BtoA(b) and back. */
  readonly fakeA: Value;
  readonly recB: Value;
}

/**
 * CycleGAN: Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks (Zhu et al., ICCV 2017).
 * A generator in each direction; what is translated there and back must be what it was. D_A judges pictures of A,
 * D_B those of B (the published code calls the judge of B D_A).
 *
 *   L_G = GAN(D_B(G_AtoB(a)), real) + lambda_A |G_BtoA(G_AtoB(a)) - a| + lambda_B lambda_identity |G_AtoB(b) - b|
 *       + GAN(D_A(G_BtoA(b)), real) + lambda_B |G_AtoB(G_BtoA(b)) - b| + lambda_A lambda_identity |G_BtoA(a) - a|
 *   L_D = (GAN(D(real picture), real) + GAN(D(one of the pool), fake)) / 2, for each D
 *
 * The generators are updated first; the discriminators then see translations made before that update, or earlier ones.
 * With wgangp the gradient penalty joins the two terms of L_D (Gulrajani et al. 2017, equation 3); the published
 * CycleGAN leaves it out.
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
    const fakeB = translate(builder, 'AtoB', realA);
    const recA = translate(builder, 'BtoA', fakeB);
    const fakeA = translate(builder, 'BtoA', realB);
    const recB = translate(builder, 'AtoB', fakeA);
    builder.observe('fake_B', fakeB);
    builder.observe('rec_A', recA);
    builder.observe('fake_A', fakeA);
    builder.observe('rec_B', recB);
    const pass = { realA, realB, fakeB, recA, fakeA, recB };
    updateGenerators(builder, pass);
    updateDiscriminators(builder, pass);
  }

  function updateGenerators(builder: StepBuilder, pass: Pass): void {
    const g = builder.graph;
    const { realA, realB } = pass;
    const weighted = (name: string, weight: number, loss: Value) => builder.report(name, g.Mul(loss, weight));
    const identities = identityWeight > 0 ? identityLosses(builder, pass) : [];
    const terms = [
      builder.report('GAN_AtoB', judge(builder, 'B', pass.fakeB, true)),
      builder.report('GAN_BtoA', judge(builder, 'A', pass.fakeA, true)),
      weighted('cycle_A', cycleWeightA, absoluteError(g, pass.recA, realA)),
      weighted('cycle_B', cycleWeightB, absoluteError(g, pass.recB, realB)),
      ...identities,
    ];
    const total = terms.reduce((sum, term) => g.Add(sum, term));
    builder.minimize('generators', builder.report('G', total));
  }

  /** A translator to B leaves pictures of B as they are, one to A those of A. */
  function identityLosses(builder: StepBuilder, { realA, realB }: Pass): Value[] {
    const g = builder.graph;
    const loss = (name: string, direction: Direction, pictures: Value, weight: number) => {
      const same = translate(builder, direction, pictures);
      return builder.report(name, g.Mul(absoluteError(g, same, pictures), weight * identityWeight));
    };
    return [loss('identity_B', 'AtoB', realB, cycleWeightB), loss('identity_A', 'BtoA', realA, cycleWeightA)];
  }

  function updateDiscriminators(builder: StepBuilder, { realA, realB, fakeA, fakeB }: Pass): void {
    const lossB = discriminatorLoss(builder, 'B', realB, fakeB);
    const lossA = discriminatorLoss(builder, 'A', realA, fakeA);
    builder.minimize('discriminators', builder.graph.Add(lossB, lossA));
  }

  function discriminatorLoss(builder: StepBuilder, domain: Domain, real: Value, fake: Value): Value {
    const g = builder.graph;
    const shown = exchangeWithPool(builder, `fake_${domain}`, poolSize, g.StopGradient(fake));
    const terms = [judge(builder, domain, real, true), judge(builder, domain, shown, false)];
    if (penaltyWeight > 0) terms.push(penalty(builder, domain, real, shown));
    const sum = terms.reduce((total, term) => g.Add(total, term));
    return builder.report(`D_${domain}`, g.Div(sum, 2));
  }

  function penalty(builder: StepBuilder, domain: Domain, real: Value, fake: Value): Value {
    const g = builder.graph;
    const mix = builder.feed(`mix.${domain}`, 'float32', [count, 1, 1, 1], (_, random) =>
      float32(
        [count, 1, 1, 1],
        random.fill(count, (draw) => draw.uniform()),
      ),
    );
    const judged = (pictures: Value) => predict(builder, domain, pictures);
    const slopes = gradientPenalty(g, { real, fake, mix, judge: judged });
    return builder.report(`penalty_${domain}`, g.Mul(slopes, penaltyWeight));
  }

  function translate(builder: StepBuilder, direction: Direction, pictures: Value): Value {
    return generator.forward(builder.network(`generator${direction}`), pictures);
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
  const translator = { ...generator, identity: identityWeight > 0 };
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
