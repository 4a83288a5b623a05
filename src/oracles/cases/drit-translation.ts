import type { Domain } from '../../nn/networks/domain.ts';
import { attributeEncoder, type EncodedAttribute } from '../../nn/networks/drit/attribute-encoder.ts';
import { contentEncoder } from '../../nn/networks/drit/content-encoder.ts';
import { exemplarGenerator } from '../../nn/networks/drit/exemplar-generator.ts';
import type { Value } from '../../onnx/ir.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `DRIT.test_forward` and `test_forward_transfer`: translation with a given code, and with that of a picture. */
export const dritTranslation: CaseKind = {
  knows: ({ class_or_function }) => /\bDRIT\.test_forward\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

type Side = 'a' | 'b';

const domainOf: Readonly<Record<Side, Domain>> = { a: 'A', b: 'B' };

/**
 * `a2b` and `b2a` with the code z, `transfer_a2b` and `transfer_b2a` with the code of the other picture, `content_<side>`,
 * and `attr_<side>`, drawn with the given epsilon where the encoder gives a distribution.
 */
async function attempt(oracle: OracleCase): Promise<Attempt> {
  oracle.arguments.withoutInfluence('no_ms', 'dis_scale', 'ep', 'total_it');
  const target = new CaseGraph();
  const networks = bindNetworks(target, oracle);
  const z = target.input('z', inputOf(oracle, 'z'));
  const pictures = byDomain((side) => target.input(`image_${side}`, inputOf(oracle, `image_${side}`)));
  const contents = byDomain((side) => networks.content(side, pictures[side]));
  const codes = byDomain((side) => draw(target, oracle, side, networks.attribute(side, pictures[side])));
  for (const [from, to] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    target.output(`content_${from}`, contents[from]);
    target.output(`attr_${from}`, codes[from]);
    target.output(`${from}2${to}`, networks.generate(to, contents[from], z));
    target.output(`transfer_${from}2${to}`, networks.generate(to, contents[from], codes[to]));
  }
  return { produced: byName(await target.run()) };
}

function bindNetworks(target: CaseGraph, oracle: OracleCase) {
  const { arguments: given } = oracle;
  const width = given.integer('W', 64);
  const variant = given.integer('concat', 1) === 0 ? 'feature-wise' : 'concat';
  const channels = byDomain((side) => given.integer(`input_dim_${side}`, 3));
  const content = contentEncoder({ width });
  const attribute = attributeEncoder({ variant, width, attributeCodeSize: given.integer('nz', 8) });
  const generate = byDomain((side) => exemplarGenerator({ variant, outputChannels: channels[side] }));
  const pictures = [inputOf(oracle, 'image_a').dims, inputOf(oracle, 'image_b').dims];
  const [count, , height, width_] = pictures[0] as readonly [number, number, number, number];
  const shared = [[count, 4 * width, height / 4, width_ / 4], inputOf(oracle, 'z').dims];
  const bind = (
    key: string,
    shapes: readonly (readonly number[])[],
    apply: Parameters<typeof bindNetwork>[4],
  ) => bindNetwork(target, key, oracle.weights('all', key), shapes, apply).scope(false);
  const contentScope = bind('enc_c', pictures, (scope, [a, b]) => [
    content.forward(scope, 'A', a as Value),
    content.forward(scope, 'B', b as Value),
  ]);
  const attributeScope = bind('enc_a', pictures, (scope, [a, b]) => [
    attribute.forward(scope, 'A', a as Value),
    attribute.forward(scope, 'B', b as Value),
  ]);
  const generatorScope = bind('gen', shared, (scope, [c, z]) =>
    byDomain((side) => generate[side].forward(scope, domainOf[side], c as Value, z as Value)),
  );
  return {
    content: (side: Side, picture: Value) => content.forward(contentScope, domainOf[side], picture),
    attribute: (side: Side, picture: Value) => attribute.forward(attributeScope, domainOf[side], picture),
    generate: (side: Side, c: Value, z: Value) =>
      generate[side].forward(generatorScope, domainOf[side], c, z),
  };
}

/** The code itself, or mean + epsilon exp(log variance / 2). */
function draw(
  target: CaseGraph,
  oracle: OracleCase,
  side: Side,
  { mean, logVariance }: EncodedAttribute,
): Value {
  if (logVariance === undefined) return mean;
  const { graph: g } = target;
  const epsilon = target.input(`eps_${side}`, inputOf(oracle, `eps_${side}`));
  return g.Add(mean, g.Mul(epsilon, g.Exp(g.Div(logVariance, 2))));
}

function byDomain<T>(make: (side: Side) => T): Readonly<Record<Side, T>> {
  return { a: make('a'), b: make('b') };
}
