import { gradients } from '../../autodiff/backward.ts';
import type { Domain } from '../../nn/networks/domain.ts';
import { attributeEncoder } from '../../nn/networks/drit/attribute-encoder.ts';
import { contentDiscriminator } from '../../nn/networks/drit/content-discriminator.ts';
import { contentEncoder } from '../../nn/networks/drit/content-encoder.ts';
import { domainDiscriminator } from '../../nn/networks/drit/domain-discriminator.ts';
import { exemplarGenerator } from '../../nn/networks/drit/exemplar-generator.ts';
import { Scope } from '../../nn/scope.ts';
import { boundSource } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import { withBothSingularVectors } from '../../training/weights/singular-vectors.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { type BoundNetwork, bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** The networks of DRIT, each by itself: those whose weights the case has. */
export const dritNetworks: CaseKind = {
  knows: ({ class_or_function }) => /\bE_content\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

async function attempt(oracle: OracleCase): Promise<Attempt> {
  const bench = new Bench(oracle);
  for (const { net } of oracle.declaration.weights) builders[net]?.(bench, net);
  return { produced: byName(await bench.target.run()) };
}

/** By the name of the class; a network's outputs begin with it. */
const builders: Readonly<Record<string, (bench: Bench, network: string) => void>> = {
  E_content: contentEncoders,
  E_attr: (bench, network) => attributeEncoders(bench, network, 'feature-wise'),
  E_attr_concat: (bench, network) => attributeEncoders(bench, network, 'concat'),
  G: (bench, network) => generators(bench, network, 'feature-wise'),
  G_concat: (bench, network) => generators(bench, network, 'concat'),
  Dis: (bench, network) => discriminators(bench, network, 1),
  MultiScaleDis: (bench, network) => discriminators(bench, network, bench.scales),
  MultiScaleDis_sn: spectralDiscriminator,
  Dis_content: ofContent,
};

type Apply = (scope: Scope, inputs: readonly Value[]) => unknown;
type Variant = 'concat' | 'feature-wise';

const sides: readonly (readonly [Domain, 'a' | 'b'])[] = [
  ['A', 'a'],
  ['B', 'b'],
];

/** The graph of a case, its inputs made when they are first asked for. */
class Bench {
  readonly target = new CaseGraph();
  readonly width: number;
  readonly attributeCodeSize: number;
  readonly scales: number;
  private readonly oracle: OracleCase;
  private readonly inputs = new Map<string, Value>();

  constructor(oracle: OracleCase) {
    const { arguments: given } = oracle;
    this.oracle = oracle;
    this.width = given.integer('W', 64);
    this.attributeCodeSize = given.integer('output_nc', given.integer('nz', 8));
    this.scales = given.integer('n_scale', 3);
  }

  input(name: string): Value {
    const value = this.inputs.get(name) ?? this.target.input(name, inputOf(this.oracle, name));
    this.inputs.set(name, value);
    return value;
  }

  /** Channels of the pictures of a domain. */
  channels(side: 'a' | 'b'): number {
    return this.oracle.arguments.integer(`input_dim_${side}`, 3);
  }

  bind(network: string, inputs: readonly string[], apply: Apply): BoundNetwork {
    const shapes = inputs.map((name) => inputOf(this.oracle, name).dims);
    const weights = withBothSingularVectors(this.oracle.weights(network));
    return bindNetwork(this.target, network, weights, shapes, apply);
  }

  /** `grad.<output>`: gradient of half the sum of squares of an output by an input. */
  differentiate(output: string, value: Value, by: Value): void {
    const { graph: g } = this.target;
    const loss = g.Div(g.ReduceSum(g.Mul(value, value), undefined, false), 2);
    this.target.output(`grad.${output}`, gradients(g, loss, [by])[0] as Value);
  }
}

function contentEncoders(bench: Bench, network: string): void {
  const encoder = contentEncoder({ width: bench.width });
  const bound = bench.bind(network, ['xa', 'xb'], (scope, pictures) =>
    sides.map(([domain], index) => encoder.forward(scope, domain, pictures[index] as Value)),
  );
  for (const [domain, side] of sides) {
    const picture = bench.input(`x${side}`);
    const content = encoder.forward(bound.scope(false), domain, picture);
    bench.target.output(`${network}.${side}`, content);
    bench.differentiate(`${network}.${side}`, content, picture);
  }
}

function attributeEncoders(bench: Bench, network: string, variant: Variant): void {
  const { width, attributeCodeSize } = bench;
  const encoder = attributeEncoder({ variant, width, attributeCodeSize });
  const bound = bench.bind(network, ['xa', 'xb'], (scope, pictures) =>
    sides.map(([domain], index) => encoder.forward(scope, domain, pictures[index] as Value)),
  );
  for (const [domain, side] of sides) {
    const encoded = encoder.forward(bound.scope(false), domain, bench.input(`x${side}`));
    bench.target.output(`${network}.${variant === 'concat' ? 'mu_' : ''}${side}`, encoded.mean);
    if (encoded.logVariance) bench.target.output(`${network}.logvar_${side}`, encoded.logVariance);
  }
}

function generators(bench: Bench, network: string, variant: Variant): void {
  const generate = (scope: Scope, [domain, side]: (typeof sides)[number], inputs: readonly Value[]) => {
    const generator = exemplarGenerator({ variant, outputChannels: bench.channels(side) });
    return generator.forward(scope, domain, inputs[0] as Value, inputs[1] as Value);
  };
  const bound = bench.bind(network, ['c', 'z'], (scope, inputs) =>
    sides.map((side) => generate(scope, side, inputs)),
  );
  const inputs = [bench.input('c'), bench.input('z')];
  for (const side of sides) {
    const picture = generate(bound.scope(false), side, inputs);
    bench.target.output(`${network}.${side[1]}`, picture);
    bench.differentiate(`${network}.${side[1]}`, picture, bench.input('c'));
  }
}

function discriminators(bench: Bench, network: string, scales: number): void {
  const discriminator = domainDiscriminator({ scales, width: bench.width });
  const bound = bench.bind(network, ['xd'], (scope, [x]) => discriminator.forward(scope, x as Value));
  const maps = discriminator.forward(bound.scope(false), bench.input('xd'));
  if (scales > 1) nameScales(bench, `${network}.s`, maps);
  else {
    bench.target.output(network, flat(bench, maps[0] as Value));
    bench.differentiate(network, maps[0] as Value, bench.input('xd'));
  }
}

/** In training each pass moves the singular vectors; the pass in evaluation afterwards has those of the last one. */
function spectralDiscriminator(bench: Bench, network: string): void {
  const discriminator = domainDiscriminator({ width: bench.width, scales: bench.scales, spectralNorm: true });
  const bound = bench.bind(network, ['xd'], (scope, [x]) => discriminator.forward(scope, x as Value));
  const moved = new Map<string, Value>();
  const training = bound.scope(true, (key, value) => moved.set(key, value));
  nameScales(bench, `${network}.s`, discriminator.forward(training, bench.input('xd')));
  bench.target.output(`${network}.u0`, moved.get('Diss.0.0.model.1.weight_u') as Value);
  const evaluated = new Scope(training.graph, boundSource(new Map([...bound.parameters, ...moved])));
  nameScales(bench, `${network}.eval_s`, discriminator.forward(evaluated, bench.input('xd')));
}

function nameScales(bench: Bench, prefix: string, maps: readonly Value[]): void {
  for (const [scale, map] of maps.entries()) bench.target.output(`${prefix}${scale}`, map);
}

function ofContent(bench: Bench, network: string): void {
  const { forward } = contentDiscriminator();
  const bound = bench.bind(network, ['c_dis'], (scope, [content]) => forward(scope, content as Value));
  bench.target.output(network, flat(bench, forward(bound.scope(false), bench.input('c_dis'))));
}

function flat({ target }: Bench, map: Value): Value {
  return target.graph.Reshape(map, [-1]);
}
