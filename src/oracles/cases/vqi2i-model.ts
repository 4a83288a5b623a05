import type { Domain } from '../../nn/networks/domain.ts';
import { type VqAutoencoder, vqAutoencoder } from '../../nn/networks/vq-i2i/autoencoder.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Value } from '../../onnx/ir.ts';
import { codebookLoss, perplexity } from '../../training/losses/codebook.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import { vqI2i } from '../../training/methods/vq-i2i/vq-i2i.ts';
import type { StateDict } from '../../training/pytorch/index.ts';
import { CaseGraph } from '../case-graph.ts';
import { byName, type CaseKind, type Produced } from '../case-kind.ts';
import { bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { type Order, runStep } from '../training-step.ts';
import { autoencoderOptions, networkOfKey, networkWeights, vqOptions } from './vqi2i-options.ts';

/** The first stage of VQ-I2I: encoding, decoding, and a step of its training. */
export const vqi2iModel: CaseKind = {
  knows: ({ class_or_function }) => /\bVQModelCrossGAN_ADAIN\b/.test(class_or_function),
  async *attempts(oracle) {
    const weights = networkWeights(oracle.weights('VQModelCrossGAN_ADAIN'));
    const model = await encodedAndDecoded(oracle, weights.get('autoencoder') ?? new Map());
    yield { produced: firstOf(model, await trained(oracle, weights, 'basic')) };
    const footnote = 'convolutions summed in another order';
    yield { produced: firstOf(model, await trained(oracle, weights, 'all')), footnote };
  },
};

const sides: readonly (readonly [Domain, 'a' | 'b'])[] = [
  ['A', 'a'],
  ['B', 'b'],
];

function firstOf(...all: readonly Produced[]): Produced {
  return (output) => {
    for (const produced of all) {
      const tensor = produced(output);
      if (tensor !== undefined) return tensor;
    }
    return undefined;
  };
}

/** Everything but the training: `h_a`, `quant_a`, `rec_a`, `cross_ab` and so on. */
async function encodedAndDecoded(oracle: OracleCase, weights: StateDict): Promise<Produced> {
  const target = new CaseGraph();
  const network = vqAutoencoder(autoencoderOptions(oracle.arguments));
  const shapes = sides.map(([, side]) => inputOf(oracle, `x${side}`).dims);
  const bound = bindNetwork(target, 'autoencoder', weights, shapes, (scope, pictures) =>
    applied(scope, network, pictures),
  );
  const pictures = sides.map(([, side]) => target.input(`x${side}`, inputOf(oracle, `x${side}`)));
  const outputs = applied(bound.scope(false), network, pictures);
  for (const [name, value] of outputs) target.output(name, value);
  return byName(await target.run());
}

function applied(scope: Scope, network: VqAutoencoder, pictures: readonly Value[]): Map<string, Value> {
  const outputs = new Map<string, Value>();
  const encoded = sides.map(([domain, side], index) =>
    encodedPicture(scope, network, { domain, side, picture: pictures[index] as Value, outputs }),
  ) as [Encoded, Encoded];
  const [a, b] = encoded;
  const decode = (domain: Domain, { codes }: Encoded, { style }: Encoded) =>
    network.decode(scope, domain, codes, style);
  outputs.set('rec_a', decode('A', a, a)).set('rec_b', decode('B', b, b));
  outputs.set('cross_ab', decode('B', a, b)).set('cross_ba', decode('A', b, a));
  return outputs;
}

interface Encoded {
  readonly codes: Value;
  readonly style: Value;
}

interface Given {
  readonly domain: Domain;
  readonly side: 'a' | 'b';
  readonly picture: Value;
  readonly outputs: Map<string, Value>;
}

function encodedPicture(
  scope: Scope,
  network: VqAutoencoder,
  { domain, side, picture, outputs }: Given,
): Encoded {
  const g = scope.graph;
  const features = network.features(scope, picture);
  const { entries, straightThrough, indices } = network.quantize(scope, features);
  const style = network.style(scope, domain, picture);
  outputs
    .set(`h_${side}`, features)
    .set(`quant_${side}`, straightThrough)
    .set(`emb_loss_${side}`, codebookLoss(g, { features, entries }, 0.25))
    .set(`indices_${side}`, g.Reshape(indices, [-1, 1]))
    .set(`perplexity_${side}`, perplexity(g, network.counts(scope, indices)))
    .set(`style_${side}`, g.Unsqueeze(style, [2, 3]))
    .set(`adain_${side}`, network.modulation(scope, domain, style))
    .set(`codebook_entry_${side}`, network.entries(scope, indices));
  return { codes: straightThrough, style };
}

/** One step: `train.losses`, `train.grad.<key>`, `train.step_losses`, `after_step.<key>`, by the published keys. */
async function trained(
  oracle: OracleCase,
  weights: ReadonlyMap<string, StateDict>,
  order: Order,
): Promise<Produced> {
  const pictures = { real_A: inputOf(oracle, 'xa'), real_B: inputOf(oracle, 'xb') };
  const batch = pictures.real_A.dims as BatchShape;
  const networks = Object.fromEntries([...weights.keys()].map((network) => [network, network]));
  const step: OracleCase = {
    ...oracle,
    inputs: new Map(Object.entries(pictures)),
    weights: (network) => weights.get(network) ?? new Map(),
  };
  const method = vqI2i(vqOptions(oracle.arguments), batch);
  const produced = await runStep(step, { method, networks, draws: new Map() }, order);
  return (output) => produced({ ...output, name: ourName(output.name) });
}

function ourName(published: string): string {
  const name = published.replace(/^train\./, '');
  const [, kind, key] = /^(grad|after_step)\.(.+)$/.exec(name) ?? [];
  if (kind === undefined || key === undefined) return name;
  const { network, own } = networkOfKey(key);
  return `${kind}.${network}.${own}`;
}
