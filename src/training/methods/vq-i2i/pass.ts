import type { Quantized } from '../../../nn/networks/vq-i2i/vector-quantizer.ts';
import type { Value } from '../../../onnx/ir.ts';
import type { VqI2iOptions } from '../../config/vq-i2i.ts';
import type { StepBuilder } from '../../step/step-builder.ts';
import { type ByDomain, type Domain, forDomains, otherDomain } from '../domains.ts';
import type { BatchShape } from '../networks.ts';
import { inOnePass } from '../one-pass.ts';
import { autoencoderName, type VqNetworks } from './networks.ts';

/** What a step is written with. */
export interface Writing {
  readonly builder: StepBuilder;
  readonly networks: VqNetworks;
  readonly options: VqI2iOptions;
  readonly batch: BatchShape;
}

/** What the encoders make of a domain's real picture. */
interface Encoded {
  readonly real: Value;
  /** In the space of the codes. */
  readonly features: Value;
  readonly quantized: Quantized;
  readonly style: Value;
}

export interface Reconstruction extends Encoded {
  /** The real picture from its own codes and style. */
  readonly own: Value;
}

/** What is made of and for one domain. */
export interface DomainPass extends Reconstruction {
  /** A picture of this domain from the codes of the other's real picture and the style of this one's. */
  readonly fake: Value;
  /** What the encoders find in `fake`. */
  readonly fakeFeatures: Value;
  readonly fakeStyle: Value;
}

export type Pass = ByDomain<DomainPass>;

/** Reconstructions of both domains' pictures, and nothing else. */
export function reconstructionPass(writing: Writing): ByDomain<Reconstruction> {
  const { builder, networks } = writing;
  const scope = builder.network(autoencoderName);
  const encoded = encodedPictures(writing);
  return forDomains((domain) => {
    const { quantized, style } = encoded[domain];
    const own = networks.autoencoder.decode(scope, domain, quantized.straightThrough, style);
    builder.observe(`rec${domain}`, own);
    return { ...encoded[domain], own };
  });
}

/**
 * All pictures of a step: reconstructions, translations with the style of the other domain's real picture, and what the
 * encoders find in the translations. Nothing of it looks at the discriminators.
 */
export function vqPass(writing: Writing): Pass {
  const { builder, networks } = writing;
  const scope = builder.network(autoencoderName);
  const encoded = encodedPictures(writing);
  const made = forDomains((domain) => {
    const codes = [encoded[domain].quantized, encoded[otherDomain(domain)].quantized] as const;
    return decoded(writing, domain, codes, encoded[domain].style);
  });
  const fakeFeatures = ofBoth(writing, { A: made.A.fake, B: made.B.fake });
  return forDomains((domain) => {
    const { own, fake } = made[domain];
    builder.observe(`rec${domain}`, own);
    builder.observe(`fake${domain}`, fake);
    return {
      ...encoded[domain],
      own,
      fake,
      fakeFeatures: fakeFeatures[domain],
      fakeStyle: networks.autoencoder.style(scope, domain, fake),
    };
  });
}

function encodedPictures(writing: Writing): ByDomain<Encoded> {
  const { builder, networks, batch } = writing;
  const { autoencoder } = networks;
  const scope = builder.network(autoencoderName);
  const real = forDomains((domain) => builder.pictures(`real_${domain}`, domain, batch));
  const features = ofBoth(writing, real);
  return forDomains((domain) => ({
    real: real[domain],
    features: features[domain],
    quantized: autoencoder.quantize(scope, features[domain]),
    style: autoencoder.style(scope, domain, real[domain]),
  }));
}

/** Features of pictures of both domains, which go through the one encoder together. */
function ofBoth({ builder, networks }: Writing, pictures: ByDomain<Value>): ByDomain<Value> {
  const scope = builder.network(autoencoderName);
  const encode = (x: Value) => [networks.autoencoder.features(scope, x)];
  const [A, B] = inOnePass(builder.graph, [pictures.A, pictures.B], encode).flat() as [Value, Value];
  return { A, B };
}

/** The domain's decoder on its own codes and on those of the other domain, in one pass. */
function decoded(
  { builder, networks }: Writing,
  domain: Domain,
  quantized: readonly [own: Quantized, foreign: Quantized],
  style: Value,
): Pick<DomainPass, 'own' | 'fake'> {
  const g = builder.graph;
  const codes = g.Concat(
    quantized.map(({ straightThrough }) => straightThrough),
    0,
  );
  const styles = g.Concat([style, style], 0);
  const pictures = networks.autoencoder.decode(builder.network(autoencoderName), domain, codes, styles);
  const count = style.shape[0] as number;
  const [own, fake] = g.Split(pictures, [count, count], 0) as [Value, Value];
  return { own, fake };
}
