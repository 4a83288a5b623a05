import type { Value } from '../../../onnx/ir.ts';
import { codebookLoss } from '../../losses/codebook.ts';
import { meanAbsoluteDifference } from '../../losses/mean-absolute-difference.ts';
import { type ByDomain, type Domain, domains, letterOf, otherDomain } from '../domains.ts';
import { realismLosses } from './discriminator-losses.ts';
import type { Pass, Reconstruction, Writing } from './pass.ts';
import { type PictureDistance, pictureDistance } from './picture-distance.ts';

/**
 * What encoders, codebook and decoders are trained on. For each domain, by its published name:
 *
 *   nll      |x - own|, the distance of a picture from its reconstruction, with LPIPS (x, own) where there is one
 *   g        -mean D(fake)
 *   quant    the codebook loss
 *   ae       reconstructionWeight nll + adversarialWeight (g - reconstructionRealism mean D(own)) + weight quant
 *   style    |s - s(fake)|, the style of a picture and the one that is found in the translation that has it
 *   content  of a picture and of the translation of it (Chen et al. 2022, equations 5 and 6), or of its partner
 *
 * @returns the sum with the weights of the options, reported as gen
 */
export function autoencoderLoss(writing: Writing, pass: Pass): Value {
  const { builder } = writing;
  const distance = pictureDistance(writing);
  const terms = domains.flatMap((domain) => [
    ownTerm(writing, domain, pass, distance),
    ...consistencyTerms(writing, domain, pass),
  ]);
  const sum = terms.reduce((total, term) => builder.graph.Add(total, term));
  return builder.report('gen', sum);
}

/** The same of steps that make reconstructions alone: reconstructionWeight nll + weight quant of each domain. */
export function reconstructionLoss(writing: Writing, pass: ByDomain<Reconstruction>): Value {
  const { builder } = writing;
  const distance = pictureDistance(writing);
  const [a, b] = domains.map((domain) => reconstructionTerm(writing, domain, pass[domain], distance));
  return builder.report('gen', builder.graph.Add(a as Value, b as Value));
}

/** ae_a or ae_b. */
function ownTerm(writing: Writing, domain: Domain, pass: Pass, distance: PictureDistance): Value {
  const { builder, options } = writing;
  const g = builder.graph;
  const letter = letterOf(domain);
  const reconstruction = reconstructionTerm(writing, domain, pass[domain], distance);
  const [onFake, onOwn] = realismLosses(writing, domain, pass);
  const realism = g.Add(builder.report(`g_${letter}`, onFake), g.Mul(onOwn, options.reconstructionRealism));
  return builder.report(`ae_${letter}`, g.Add(reconstruction, g.Mul(realism, options.adversarialWeight)));
}

/** What of ae_a or ae_b nobody judges: nll and quant. */
function reconstructionTerm(
  { builder, options }: Writing,
  domain: Domain,
  { real, own, features, quantized }: Reconstruction,
  distanceOf: PictureDistance,
): Value {
  const g = builder.graph;
  const letter = letterOf(domain);
  const distance = builder.report(`nll_${letter}`, distanceOf(real, own));
  const codes = codebookLoss(g, { features, entries: quantized.entries }, options.codebook.commitmentCost);
  return g.Add(
    g.Mul(distance, options.reconstructionWeight),
    g.Mul(builder.report(`quant_${letter}`, codes), options.codebook.weight),
  );
}

/** Reported whether they are trained on or not. */
function consistencyTerms(writing: Writing, domain: Domain, pass: Pass): Value[] {
  const { builder, options } = writing;
  const g = builder.graph;
  const letter = letterOf(domain);
  const { style, fakeStyle, real, fake } = pass[domain];
  const terms = [
    {
      loss: builder.report(`style_${letter}`, meanAbsoluteDifference(g, g.StopGradient(style), fakeStyle)),
      weight: options.styleRegressionWeight,
    },
    {
      loss: builder.report(`content_${letter}`, contentDifference(writing, domain, pass)),
      weight: options.contentRegressionWeight,
    },
  ];
  if (options.paired) {
    const cross = builder.report(`cross_${letter}`, meanAbsoluteDifference(g, real, fake));
    terms.push({ loss: cross, weight: options.crossReconstructionWeight });
  }
  return terms.filter(({ weight }) => weight > 0).map(({ loss, weight }) => g.Mul(loss, weight));
}

/**
 * Unpaired: from the codes of a picture to the features of its translation. Paired, as published: of A, features of the
 * partner to those of the picture, of B, codes of the partner to those of the picture.
 */
function contentDifference({ builder, options }: Writing, domain: Domain, pass: Pass): Value {
  const g = builder.graph;
  const other = otherDomain(domain);
  if (!options.paired) {
    const codes = g.StopGradient(pass[domain].quantized.straightThrough);
    return meanAbsoluteDifference(g, codes, pass[other].fakeFeatures);
  }
  const [a, b] = [pass.A, pass.B];
  return domain === 'A'
    ? meanAbsoluteDifference(g, g.StopGradient(a.features), b.features)
    : meanAbsoluteDifference(g, a.quantized.straightThrough, g.StopGradient(b.quantized.straightThrough));
}
