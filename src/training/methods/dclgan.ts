import type { Value } from '../../onnx/ir.ts';
import type { DclganOptions } from '../config/dclgan.ts';
import { average } from '../losses/average.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import { type ByDomain, type Direction, directions, dualTranslation } from './dual-translation.ts';
import type { Method } from './method.ts';
import type { BatchShape } from './networks.ts';
import { rowContrast } from './patch-contrast.ts';

/**
 * DCLGAN: Dual Contrastive Learning for Unsupervised Image-to-Image Translation (Han et al., NTIRE at CVPR 2021).
 * A generator for each direction. A patch of a translation, as the encoder of the way back sees it, must be closer to
 * the patch at its own place in the source, as the encoder of the way there sees it, than to all others in the batch.
 *
 *   L_D = mean over reals and fakes of GAN(D_B(.)), plus that of D_A
 *   L_G = mean over both directions of lambda_GAN GAN(D(G(x)), real) + lambda_NCE NCE(x, G(x)) + lambda_IDT |G(y) - y|
 *
 * The discriminators are updated first, together; L_G uses the updated ones. The patch samplers have an optimizer of
 * their own, which the published code leaves at the library's defaults. Published names: G_A is the generator from A
 * to B, D_A judges its translations (our discriminatorB), F1 samples the features of G_A's encoder.
 */
export function dclgan(options: DclganOptions, batch: BatchShape): Method {
  const { optimizer: adam, samplerOptimizer } = options;
  const dual = dualTranslation(options, batch);

  function step(builder: StepBuilder): void {
    const g = builder.graph;
    const { real, fake, identity } = dual.pictures(builder);
    updateDiscriminators(builder, real, fake);
    const weight = options.identityWeight;
    const terms = [
      directions.map((direction) => dual.adversarialTerm(builder, direction, fake)),
      directions.map((direction) => contrast(builder, direction, real, fake)),
      directions.map((direction) => dual.identityTerm(builder, direction, { real, identity, weight })),
    ].map((both) => average(g, both));
    const loss = terms.reduce((sum, term) => g.Add(sum, term));
    builder.minimize(['generators', 'patchSamplers'], builder.report('G', loss));
  }

  /** As published, lambda_GAN is in what is reported, not in what is minimised. */
  function updateDiscriminators(builder: StepBuilder, real: ByDomain, fake: ByDomain): void {
    const g = builder.graph;
    const losses = directions.map((direction) => {
      const loss = dual.discriminatorLoss(builder, direction, real, fake);
      builder.report(`D_${direction.letter}`, g.Mul(loss, options.adversarialWeight));
      return loss;
    });
    builder.minimize(
      'discriminators',
      losses.reduce((sum, loss) => g.Add(sum, loss)),
    );
  }

  function contrast(builder: StepBuilder, direction: Direction, real: ByDomain, fake: ByDomain): Value {
    const name = `NCE${direction.number}`;
    const rows = dual.correspondence(builder, direction, { name, real, fake });
    const loss = rowContrast(builder.graph, {
      ...rows,
      temperature: options.temperature,
      pictures: 1,
      cosine: true,
      weight: options.contrastiveWeight,
    });
    return builder.report(name, loss);
  }

  return {
    name: 'dclgan',
    networks: dual.networks(),
    optimizers: {
      discriminators: { networks: directions.map(({ discriminator }) => discriminator), adam },
      generators: { networks: directions.map(({ generator }) => generator), adam },
      patchSamplers: {
        networks: directions.map(({ patchSampler }) => patchSampler),
        adam: samplerOptimizer,
      },
    },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: dual.translators(),
  };
}
