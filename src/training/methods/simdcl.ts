import { patchMapping } from '../../nn/networks/patch-mapping.ts';
import { describeNetwork, type NetworkState } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import type { SimdclOptions } from '../config/simdcl.ts';
import { average } from '../losses/average.ts';
import { meanAbsoluteDifference } from '../losses/mean-absolute-difference.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import { type ByDomain, type Direction, directions, dualTranslation } from './dual-translation.ts';
import type { Method } from './method.ts';
import type { BatchShape } from './networks.ts';
import { rowContrast } from './patch-contrast.ts';

/** Published as F3 to F6: each maps the patches of one kind of picture to a vector. */
const heads = {
  realA: 'mappingRealA',
  fakeB: 'mappingFakeB',
  realB: 'mappingRealB',
  fakeA: 'mappingFakeA',
} as const;

/** `MappingF` is drawn from N(0, 0.02), whatever the other networks are drawn from. */
const headInitialization = { type: 'normal', gain: 0.02 } as const;

/**
 * SimDCL: DCLGAN with a similarity loss (Han et al., NTIRE at CVPR 2021, section 3.4). Four heads map the patches of
 * reals and translations to vectors, which for real and translated pictures of one domain must come close.
 *
 *   L_Sim = lambda_SIM (|H(real A) - H(fake A)| + |H(fake B) - H(real B)|)
 *   L_G   = mean over both directions of lambda_GAN GAN(D(G(x)), real) + NCE(x, G(x)) + |G(y) - y|, plus L_Sim
 *
 * As published, NCE and identity have no weights here, and the patches of translations are drawn again for L_Sim.
 * Discriminators as in DCLGAN; patch samplers and heads share an optimizer.
 */
export function simdcl(options: SimdclOptions, batch: BatchShape): Method {
  const { optimizer: adam, samplerOptimizer } = options;
  const [count] = batch;
  const dual = dualTranslation(options, batch);
  const mapping = patchMapping();

  function step(builder: StepBuilder): void {
    const g = builder.graph;
    const { real, fake, identity } = dual.pictures(builder);
    updateDiscriminators(builder, real, fake);
    const compared = directions.map((direction) => compare(builder, direction, real, fake));
    const halves = [
      directions.map((direction) => dual.adversarialTerm(builder, direction, fake)),
      compared.map(({ contrast }) => contrast),
      directions.map((direction) => dual.identityTerm(builder, direction, { real, identity, weight: 1 })),
    ].map((both) => average(g, both));
    const [there, back] = compared as [(typeof compared)[0], (typeof compared)[0]];
    const terms = [...halves, similarity(builder, there, back)];
    const loss = terms.reduce((sum, term) => g.Add(sum, term));
    builder.minimize(['generators', 'patchSamplers'], builder.report('G', loss));
  }

  function updateDiscriminators(builder: StepBuilder, real: ByDomain, fake: ByDomain): void {
    const losses = directions.map((direction) =>
      builder.report(`D_${direction.letter}`, dual.discriminatorLoss(builder, direction, real, fake)),
    );
    builder.minimize(
      'discriminators',
      losses.reduce((sum, loss) => builder.graph.Add(sum, loss)),
    );
  }

  /** PatchNCE of a direction, and the patches that its heads map: those of the source, and others of the translation. */
  function compare(builder: StepBuilder, direction: Direction, real: ByDomain, fake: ByDomain) {
    const { number } = direction;
    const rows = dual.correspondence(builder, direction, { name: `k${number}`, real, fake });
    const nce = { temperature: options.temperature, pictures: 1, cosine: true, weight: 1 };
    const contrast = builder.report(`NCE${number}`, rowContrast(builder.graph, { ...rows, ...nce }));
    const ofFake = dual.otherPatches(builder, direction, `q${number}n`, rows.queryMaps);
    return { contrast, ofReal: rows.keys, ofFake };
  }

  function similarity(
    builder: StepBuilder,
    there: { ofReal: readonly Value[]; ofFake: readonly Value[] },
    back: { ofReal: readonly Value[]; ofFake: readonly Value[] },
  ): Value {
    const g = builder.graph;
    const map = (head: string, rows: readonly Value[]) => mapping.forward(builder.network(head), rows, count);
    const ofA = meanAbsoluteDifference(g, map(heads.realA, there.ofReal), map(heads.fakeA, back.ofFake));
    const ofB = meanAbsoluteDifference(g, map(heads.fakeB, there.ofFake), map(heads.realB, back.ofReal));
    return builder.report('Sim', g.Mul(g.Add(ofA, ofB), options.similarityWeight));
  }

  /** The state of a mapping head, which takes a row of patches for each layer. */
  function headState(): NetworkState {
    return describeNetwork((scope) => {
      const rows = dual.featureShapes().map(([n, , height, width], layer) => {
        const patches = Math.min(options.patches, (height as number) * (width as number));
        return scope.graph.input(`rows_${layer}`, 'float32', [
          (n as number) * patches,
          options.projectionChannels,
        ]);
      });
      return mapping.forward(scope, rows, count);
    });
  }

  const head = { state: headState(), initialization: headInitialization };
  const samplers = directions.map(({ patchSampler }) => patchSampler);
  return {
    name: 'simdcl',
    networks: {
      ...dual.networks(),
      ...Object.fromEntries(Object.values(heads).map((name) => [name, head])),
    },
    optimizers: {
      discriminators: { networks: directions.map(({ discriminator }) => discriminator), adam },
      generators: { networks: directions.map(({ generator }) => generator), adam },
      patchSamplers: { networks: [...samplers, ...Object.values(heads)], adam: samplerOptimizer },
    },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: dual.translators(),
  };
}
