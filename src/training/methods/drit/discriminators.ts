import type { Value } from '../../../onnx/ir.ts';
import { adversarialLoss } from '../../losses/adversarial.ts';
import { type ByDomain, type Domain, domains } from '../domains.ts';
import { inOnePass } from '../one-pass.ts';
import { discriminators } from './networks.ts';
import type { DomainPass, Pass, Writing } from './pass.ts';

/**
 * L_D of a domain's discriminators: binary cross entropy of real pictures against 1 and translations against 0, summed
 * over the scales. `cross` sees the encoded pictures and their translations; `random` the others, and each translation
 * with a random code beside them anew.
 * @returns the losses, reported as disA, disA2, disB, disB2
 */
export function domainDiscriminatorLosses(writing: Writing, pass: Pass): Value[] {
  return domains.flatMap((domain) => {
    const { real, fake, random } = pass.domains[domain];
    const { cross, random: second } = discriminators[domain];
    return [
      discriminatorLoss(writing, cross, real.encoded, [fake]),
      discriminatorLoss(writing, second, real.shown, random),
    ];
  });
}

function discriminatorLoss(writing: Writing, network: string, real: Value, fakes: readonly Value[]): Value {
  const { builder } = writing;
  const g = builder.graph;
  // In the published order, by which the vectors of spectral norm move.
  const batches = fakes.flatMap((fake) => [g.StopGradient(fake), real]);
  const losses = judge(writing, network, batches).map((maps, index) =>
    adversarial(writing, maps, index % 2 === 1),
  );
  return builder.report(network, sum(writing, losses));
}

/**
 * L_D of the content discriminator, which tells content of A (0) from content of B (1).
 * @returns the loss, reported as disContent
 */
export function contentDiscriminatorLoss(writing: Writing, content: ByDomain<Value>): Value {
  const { builder, networks } = writing;
  const g = builder.graph;
  const losses = domains.map((domain) => {
    const map = networks.contentDiscriminator.forward(
      builder.network('disContent'),
      g.StopGradient(content[domain]),
    );
    return adversarialLoss(g, 'vanilla', map, domain === 'B');
  });
  return builder.report('disContent', sum(writing, losses));
}

/** How much a discriminator, as it is now, takes translations for real: binary cross entropy against 1. */
export function realismLoss(
  writing: Writing,
  domain: Domain,
  which: 'cross' | 'random',
  pictures: DomainPass['random'],
): Value {
  const { builder, options } = writing;
  const network = discriminators[domain][which];
  const losses = judge(writing, network, pictures).map((maps) => adversarial(writing, maps, true));
  return builder.graph.Mul(sum(writing, losses), options.adversarialWeight);
}

/** A discriminator's maps, one a scale, for each batch. Spectral norm looks at one batch after the other. */
function judge(
  { builder, networks, options }: Writing,
  network: string,
  batches: readonly Value[],
): (readonly Value[])[] {
  const apply = (pictures: Value) => networks.domain.forward(builder.network(network), pictures);
  if (options.discriminator.spectralNorm) return batches.map(apply);
  const distinct = [...new Set(batches)];
  const maps = inOnePass(builder.graph, distinct, apply);
  return batches.map((batch) => maps[distinct.indexOf(batch)] as readonly Value[]);
}

function adversarial(writing: Writing, maps: readonly Value[], real: boolean): Value {
  return sum(
    writing,
    maps.map((map) => adversarialLoss(writing.builder.graph, 'vanilla', map, real)),
  );
}

/** @param losses at least one */
export function sum({ builder }: Writing, losses: readonly Value[]): Value {
  return losses.reduce((total, loss) => builder.graph.Add(total, loss));
}
