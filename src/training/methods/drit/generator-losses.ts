import type { Value } from '../../../onnx/ir.ts';
import { meanAbsoluteDifference } from '../../losses/mean-absolute-difference.ts';
import { meanSquare } from '../../losses/mean-square.ts';
import { modeSeekingLoss } from '../../losses/mode-seeking.ts';
import { normalDivergence } from '../../losses/normal-divergence.ts';
import { undecidedLoss } from '../../losses/undecided.ts';
import { type Domain, domains, letterOf, otherDomain } from '../domains.ts';
import { realismLoss, sum } from './discriminators.ts';
import type { Attribute, DomainPass, Pass, Writing } from './pass.ts';

/**
 * What encoders and generator are trained on together, for both domains (the terms of A, under their published names):
 *
 *   gan_loss_a          D_A takes G_A(z_c(b), z_a(a)) for real
 *   gan_loss_acontent   the content discriminator cannot tell whose content z_c(a) is: cross entropy against 1/2
 *   l1_recon_A_loss     |a'' - a|, a'' being a after its content and its attribute went through both translations
 *   l1_recon_AA_loss    |G_A(z_c(a), z_a(a)) - a|
 *   kl_loss_za_a        divergence of z_a(a) from the standard normal distribution (feature-wise: its mean square)
 *   kl_loss_zc_a        mean square of z_c(a)
 *
 * Published, the divergence is a sum over the batch, which has one picture there; here it is the mean over pictures.
 * @returns their sum, reported as EG_total
 */
export function encoderGeneratorLoss(writing: Writing, pass: Pass): Value {
  const { builder } = writing;
  const terms = domains.flatMap((domain) => domainTerms(writing, domain, pass.domains[domain]));
  return builder.report('EG_total', sum(writing, terms));
}

function domainTerms(
  { builder, ...rest }: Writing,
  domain: Domain,
  { real, content, attribute, fake, own, again }: DomainPass,
): Value[] {
  const writing = { builder, ...rest };
  const { options, networks } = rest;
  const g = builder.graph;
  const letter = letterOf(domain);
  const report = (name: string, loss: Value, weight: number) => builder.report(name, g.Mul(loss, weight));
  const judged = networks.contentDiscriminator.forward(builder.network('disContent'), content);
  const distance = (picture: Value) => meanAbsoluteDifference(g, picture, real.encoded);
  return [
    builder.report(`gan_loss_${letter}`, realismLoss(writing, domain, 'cross', [fake])),
    report(`gan_loss_${letter}content`, undecidedLoss(g, judged), options.contentAdversarialWeight),
    report(`l1_recon_${domain}_loss`, distance(again), options.crossCycleWeight),
    report(`l1_recon_${domain}${domain}_loss`, distance(own), options.selfReconstructionWeight),
    report(`kl_loss_za_${letter}`, attributePrior(writing, attribute), options.attributePriorWeight),
    report(`kl_loss_zc_${letter}`, meanSquare(g, content), options.contentPriorWeight),
  ];
}

function attributePrior({ builder }: Writing, { mean, logVariance }: Attribute): Value {
  const g = builder.graph;
  return logVariance === undefined ? meanSquare(g, mean) : normalDivergence(g, mean, logVariance);
}

/**
 * What content encoder and generator are trained on alone, so that the attribute encoder cannot hide the code in a
 * picture (Zhu et al. 2017, BicycleGAN, section 3.3), with the random codes z:
 *
 *   gan2_loss_a         D_A2 takes G_A(z_c(b), z) for real
 *   l1_recon_z_loss_a   |z_a(G_A(z_c(b), z)) - z|
 *   lz_AB, lz_BA        mode seeking of G_B and of G_A
 *
 * @returns their sum, reported as G_alone_total
 */
export function latentRegressionLoss(writing: Writing, pass: Pass): Value {
  const { builder } = writing;
  const terms = domains.flatMap((domain) => randomTerms(writing, domain, pass));
  return builder.report('G_alone_total', sum(writing, terms));
}

function randomTerms(writing: Writing, domain: Domain, { domains: passes, codes }: Pass): Value[] {
  const { builder, options } = writing;
  const g = builder.graph;
  const letter = letterOf(domain);
  const { random, found } = passes[domain];
  const [first, second] = codes as [Value, Value?];
  const regressed = g.Mul(meanAbsoluteDifference(g, found, first), options.latentRegressionWeight);
  const terms = [
    builder.report(`gan2_loss_${letter}`, realismLoss(writing, domain, 'random', random)),
    builder.report(`l1_recon_z_loss_${letter}`, regressed),
  ];
  if (second === undefined) return terms;
  const pictures = random as [Value, Value];
  const seeking = g.Mul(modeSeekingLoss(g, { codes: [first, second], pictures }), options.modeSeekingWeight);
  return [...terms, builder.report(`lz_${otherDomain(domain)}${domain}`, seeking)];
}
