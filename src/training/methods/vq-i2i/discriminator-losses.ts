import type { Value } from '../../../onnx/ir.ts';
import { adversarialLoss } from '../../losses/adversarial.ts';
import { type Domain, letterOf } from '../domains.ts';
import { inOnePass } from '../one-pass.ts';
import { discriminators } from './networks.ts';
import type { Pass, Writing } from './pass.ts';

/**
 * L_D of a domain: the mean of its loss on real pictures and on made ones, with translations and with reconstructions,
 * weighted against each other.
 * @returns it, reported as disc_a or disc_b, and its parts as disc_a_fake and disc_a_rec
 */
export function discriminatorLoss(writing: Writing, domain: Domain, pass: Pass): Value {
  const { builder, options } = writing;
  const g = builder.graph;
  const { real, own, fake } = pass[domain];
  const name = `disc_${letterOf(domain)}`;
  const constants = [fake, own].map((made) => g.StopGradient(made));
  const [ofReal, ofFake, ofOwn] = judge(writing, domain, [real, ...constants]) as [Value, Value, Value];
  const objective = (map: Value, isReal: boolean) =>
    adversarialLoss(g, options.adversarialObjective, map, isReal);
  const onReal = objective(ofReal, true);
  const against = (map: Value) =>
    g.Mul(g.Add(onReal, objective(map, false)), options.discriminator.weight / 2);
  const [onFake, onOwn] = [
    builder.report(`${name}_fake`, against(ofFake)),
    builder.report(`${name}_rec`, against(ofOwn)),
  ];
  const { translationJudgement, reconstructionRealism } = options;
  const total = g.Add(g.Mul(onFake, translationJudgement), g.Mul(onOwn, reconstructionRealism));
  return builder.report(name, total);
}

/** -mean D of the domain's translations and reconstructions, by its discriminator as it is now. */
export function realismLosses(
  writing: Writing,
  domain: Domain,
  pass: Pass,
): readonly [fake: Value, own: Value] {
  const { own, fake } = pass[domain];
  const [ofFake, ofOwn] = judge(writing, domain, [fake, own]).map((map) =>
    adversarialLoss(writing.builder.graph, 'wgangp', map, true),
  );
  return [ofFake as Value, ofOwn as Value];
}

/** The discriminator's map of each batch. */
function judge({ builder, networks }: Writing, domain: Domain, batches: readonly Value[]): Value[] {
  const scope = builder.network(discriminators[domain]);
  return inOnePass(builder.graph, batches, (x) => [networks.discriminator.forward(scope, x)]).flat();
}
