import { type DType, int64, tensor } from '../../core/tensor.ts';
import { patchSampler } from '../../nn/networks/patch-sampler.ts';
import { type ResnetGenerator, resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import { describeNetwork } from '../../nn/sources.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CutOptions } from '../config/cut.ts';
import { adversarialLoss } from '../losses/adversarial.ts';
import { patchNceLoss } from '../losses/patch-nce.ts';
import type { StepBuilder } from '../step/step-builder.ts';
import type { Method } from './method.ts';
import { type BatchShape, discriminatorOf, stateOf } from './networks.ts';

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
  const generator = resnetGenerator({
    ...options.generator,
    inputChannels: batch[1],
    outputChannels: batch[1],
  });
  const discriminator = discriminatorOf(options.discriminator);
  const sampler = patchSampler({ dimension: options.projectionChannels });
  const {
    initialization,
    optimizer: adam,
    adversarialObjective,
    flipEquivariance,
    identityContrast,
  } = options;

  const networks = {
    generator: { state: stateOf(batch, generator.forward), initialization },
    discriminator: { state: stateOf(batch, discriminator.forward), initialization },
    patchSampler: {
      state: describeNetwork((scope) => {
        const features = featureMaps(scope.graph, generator, options.featureLayers, batch);
        return sampler.forward(
          scope,
          features,
          features.map((_, layer) => onePosition(scope.graph, layer)),
        );
      }),
      initialization,
    },
  };

  function step(builder: StepBuilder): void {
    const g = builder.graph;
    const realA = builder.pictures('real_A', 'A', batch);
    const realB = builder.pictures('real_B', 'B', batch);
    const mirrored = flipEquivariance ? coin(builder) : undefined;

    const sources = identityContrast ? g.Concat([realA, realB], 0) : realA;
    const translations = generator.forward(builder.network('generator'), mirrorIf(g, mirrored, sources));
    const [fakeB, identityB] = pictures(g, translations, identityContrast);
    builder.observe('fake_B', fakeB);
    if (identityB) builder.observe('idt_B', identityB);

    const judge = (picture: Value, real: boolean) =>
      adversarialLoss(
        g,
        adversarialObjective,
        discriminator.forward(builder.network('discriminator'), picture),
        real,
      );

    const lossDFake = judge(g.StopGradient(fakeB), false);
    const lossDReal = judge(realB, true);
    const lossD = g.Mul(g.Add(lossDFake, lossDReal), 0.5);
    builder.minimize('discriminator', lossD);

    const lossGan = g.Mul(judge(fakeB, true), options.adversarialWeight);
    const encode = (x: Value) => generator.encode(builder.network('generator'), x, options.featureLayers);
    const pick = (both: Value, which: 0 | 1) => pictures(g, both, identityContrast)[which] as Value;
    // Without mirroring, the passes over `sources` are one: the graph is freed of what it computes twice. Batch norm
    // takes its statistics from all that is in a pass, so there a and b are encoded one after the other, as published.
    const together = options.generator.normalization !== 'batch';
    const shared = together ? { queries: encode(translations), keys: encode(sources) } : undefined;
    const contrast = (name: string, which: 0 | 1) => {
      const queries = shared?.queries.map((map) => pick(map, which)) ?? encode(pick(translations, which));
      const keys = shared?.keys.map((map) => pick(map, which)) ?? encode(pick(sources, which));
      return patchContrast(builder, {
        name,
        queries: queries.map((map) => mirrorIf(g, mirrored, map)),
        keys,
      });
    };

    const lossNce = contrast('NCE', 0);
    const lossNceY = identityContrast ? contrast('NCE_Y', 1) : undefined;
    const lossBoth = lossNceY ? g.Mul(g.Add(lossNce, lossNceY), 0.5) : lossNce;
    const lossG = g.Add(lossGan, lossBoth);
    builder.minimize('generator', lossG);

    for (const [name, loss] of Object.entries({
      D_fake: lossDFake,
      D_real: lossDReal,
      D: lossD,
      G_GAN: lossGan,
      NCE: lossNce,
      NCE_Y: lossNceY,
      G: lossG,
    })) {
      if (loss) builder.report(name, loss);
    }
  }

  /** PatchNCE of every feature layer, at random places drawn anew for each step and layer; the mean over layers. */
  function patchContrast(
    builder: StepBuilder,
    maps: { name: string; queries: Value[]; keys: Value[] },
  ): Value {
    const g = builder.graph;
    const positions = maps.keys.map((map, layer) =>
      drawPositions(builder, `ids.${maps.name}.l${layer}`, map),
    );
    const project = (features: readonly Value[]) =>
      sampler.forward(builder.network('patchSampler'), features, positions);
    const [queries, keys] = [project(maps.queries), project(maps.keys)];
    const layers = queries.map((query, layer) => {
      const rows = patchNceLoss(g, query, keys[layer] as Value, {
        temperature: options.temperature,
        pictures: options.negativesFromMinibatch ? 1 : batch[0],
      });
      return g.Mul(g.ReduceMean(rows, undefined, false), options.contrastiveWeight);
    });
    return g.Div(
      layers.reduce((sum, layer) => g.Add(sum, layer)),
      layers.length,
    );
  }

  function drawPositions(builder: StepBuilder, name: string, map: Value): Value {
    const places = (map.shape[2] as number) * (map.shape[3] as number);
    const count = Math.min(options.patches, places);
    return builder.feed(name, 'int64', [count], (_, random) =>
      int64([count], random.permutation(places, count)),
    );
  }

  return {
    name: 'cut',
    networks,
    optimizers: {
      discriminator: { networks: ['discriminator'], adam },
      generator: { networks: ['generator', 'patchSampler'], adam },
    },
    steps: [{ name: 'step', build: step }],
    stepAt: () => 0,
    translators: [{ from: 'A', to: 'B', network: 'generator', forward: generator.forward, sizeMultiple: 4 }],
  };
}

/** The first `half` of a batch of a-pictures and b-pictures, and the second; without b-pictures all of it. */
function pictures(g: GraphBuilder, both: Value, split: boolean): readonly [Value, Value | undefined] {
  if (!split) return [both, undefined];
  const half = (both.shape[0] as number) / 2;
  const [a, b] = g.Split(both, [half, half], 0) as [Value, Value];
  return [a, b];
}

/** With probability 1/2 the step sees its input mirrored (flip equivariance). */
function coin(builder: StepBuilder): Value {
  const bool: DType = 'bool';
  return builder.feed('mirrored', bool, [], (_, random) =>
    tensor('bool', [], Uint8Array.of(random.integer(2))),
  );
}

function mirrorIf(g: GraphBuilder, mirrored: Value | undefined, x: Value): Value {
  if (mirrored === undefined) return x;
  const turned = g.Slice(x, { starts: [-1], ends: [-Number.MAX_SAFE_INTEGER], axes: [3], steps: [-1] });
  return g.Where(mirrored, turned, x);
}

/** Stand-ins for the generator's features: what the patch sampler's parameters depend on. */
function featureMaps(
  g: GraphBuilder,
  generator: ResnetGenerator,
  layers: readonly number[],
  batch: BatchShape,
): Value[] {
  const shapes: (readonly number[])[] = [];
  describeNetwork((scope) => {
    const x = scope.graph.input('pictures', 'float32', batch);
    const maps = generator.encode(scope, x, layers);
    shapes.push(...maps.map((map) => map.shape as readonly number[]));
  });
  return shapes.map((shape, layer) => g.input(`features_${layer}`, 'float32', shape));
}

function onePosition(g: GraphBuilder, layer: number): Value {
  return g.input(`positions_${layer}`, 'int64', [1]);
}
