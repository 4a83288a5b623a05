import { elementCount, float32 } from '../../../core/tensor.ts';
import type { Value } from '../../../onnx/ir.ts';
import type { DritOptions } from '../../config/drit.ts';
import type { StepBuilder } from '../../step/step-builder.ts';
import { type ByDomain, type Domain, forDomains, letterOf, otherDomain } from '../domains.ts';
import type { BatchShape } from '../networks.ts';
import type { DritNetworks } from './networks.ts';

/** The pictures of a domain in a step, [N / 2, C, H, W] each. */
export interface Halves {
  /** What is encoded and translated. */
  readonly encoded: Value;
  /** What is shown to the discriminator of translations with random codes. */
  readonly shown: Value;
}

/** What a picture's attribute is encoded as. */
export interface Attribute {
  /** [N, attributeCodeSize]; of the concat variant drawn from the normal distribution that the encoder gives. */
  readonly code: Value;
  readonly mean: Value;
  /** Of the concat variant only. */
  readonly logVariance: Value | undefined;
}

/** What is made of and for one domain; the content is the other domain's unless said otherwise. */
export interface DomainPass {
  readonly real: Halves;
  readonly content: Value;
  readonly attribute: Attribute;
  /** The translation to this domain with the attribute of its real picture. */
  readonly fake: Value;
  /** The real picture from its own content and attribute. */
  readonly own: Value;
  /** Translations to this domain with the random codes: two of them where modes are sought. */
  readonly random: readonly Value[];
  /** The real picture again, after its content and its attribute went through the two translations. */
  readonly again: Value;
  /** What the attribute encoder finds in the first of `random`. */
  readonly found: Value;
}

export interface Pass {
  readonly domains: ByDomain<DomainPass>;
  /** Random codes [N / 2, attributeCodeSize], the same for both domains. */
  readonly codes: readonly Value[];
}

/** What a step is written with. */
export interface Writing {
  readonly builder: StepBuilder;
  readonly networks: DritNetworks;
  readonly options: DritOptions;
  readonly batch: BatchShape;
}

/** The first half of the pictures of each domain is encoded, the second shown as it is (published: one and one). */
export function picturesOf({ builder, batch }: Writing): ByDomain<Halves> {
  const half = batch[0] / 2;
  return forDomains((domain) => {
    const pictures = builder.pictures(`input_${domain}`, domain, batch);
    const [encoded, shown] = builder.graph.Split(pictures, [half, half], 0) as [Value, Value];
    return { encoded, shown };
  });
}

/** Content of pictures with the noise of training, drawn under the given name. */
export function encodeContent(
  { builder, networks, options }: Writing,
  domain: Domain,
  pictures: Value,
  noise: string,
): Value {
  const [count, , height, width] = pictures.shape as [number, number, number, number];
  const drawn = normals(builder, noise, [count, 4 * options.generator.filters, height / 4, width / 4]);
  return networks.content.forward(builder.network('enc_c'), domain, pictures, drawn);
}

/**
 * All translations of a step. With content z_c and attribute z_a of a and b:
 *
 *   fake_A = G_A(z_c(b), z_a(a)), fake_B = G_B(z_c(a), z_a(b)), and back: G_A(z_c(fake_B), z_a(fake_A))
 *   own: G_A(z_c(a), z_a(a)); random: G_A(z_c(b), z), with z drawn from the standard normal distribution
 *
 * Observed values and random draws have their published names.
 */
export function dritPass(writing: Writing): Pass {
  const { builder, options } = writing;
  const real = picturesOf(writing);
  const content = forDomains((domain) =>
    encodeContent(writing, domain, real[domain].encoded, domain === 'A' ? 'n0' : 'n1'),
  );
  const attribute = forDomains((domain) => {
    const encoded = encodeAttributes(writing, domain, real[domain].encoded);
    return drawAttribute(writing, encoded, `eps_${letterOf(domain)}`);
  });
  const names = options.modeSeekingWeight > 0 ? ['z_random', 'z_random2'] : ['z_random'];
  const codes = names.map((name) =>
    normals(builder, name, [writing.batch[0] / 2, options.attributeCodeSize]),
  );
  const made = forDomains((domain) => translate(writing, domain, { content, attribute, codes }));
  const recoded = forDomains((domain) => {
    const { fake, random } = made[domain];
    return encodeAgain(writing, domain, fake, random[0] as Value);
  });
  const pass = forDomains((domain) => {
    const { encodedAttribute, found } = recoded[domain];
    const { content: back } = recoded[otherDomain(domain)];
    const again = generate(writing, domain, back, encodedAttribute.code);
    return {
      real: real[domain],
      content: content[domain],
      attribute: attribute[domain],
      ...made[domain],
      again,
      found,
    };
  });
  observe(
    writing,
    pass,
    forDomains((domain) => recoded[domain].encodedAttribute),
  );
  return { domains: pass, codes };
}

function translate(
  writing: Writing,
  domain: Domain,
  {
    content,
    attribute,
    codes,
  }: { content: ByDomain<Value>; attribute: ByDomain<Attribute>; codes: readonly Value[] },
): Pick<DomainPass, 'fake' | 'own' | 'random'> {
  const g = writing.builder.graph;
  const foreign = content[otherDomain(domain)];
  const { code } = attribute[domain];
  const contents = [foreign, content[domain], ...codes.map(() => foreign)];
  const pictures = generate(writing, domain, g.Concat(contents, 0), g.Concat([code, code, ...codes], 0));
  const sizes = contents.map(({ shape }) => shape[0] as number);
  const [fake, own, ...random] = g.Split(pictures, sizes, 0) as [Value, Value, ...Value[]];
  return { fake, own, random };
}

/** Content and attribute of a translation, and the attribute of one with a random code. */
function encodeAgain(writing: Writing, domain: Domain, fake: Value, random: Value) {
  const g = writing.builder.graph;
  const count = fake.shape[0] as number;
  const both = encodeAttributes(writing, domain, g.Concat([fake, random], 0));
  const parts = (value: Value) => g.Split(value, [count, count], 0) as [Value, Value];
  const [mean, found] = parts(both.mean);
  const logVariance = both.logVariance && parts(both.logVariance)[0];
  return {
    content: encodeContent(writing, domain, fake, domain === 'A' ? 'n2' : 'n3'),
    encodedAttribute: drawAttribute(writing, { mean, logVariance }, `eps_r${letterOf(domain)}`),
    found,
  };
}

function encodeAttributes(
  { builder, networks }: Writing,
  domain: Domain,
  pictures: Value,
): Omit<Attribute, 'code'> {
  return networks.attribute.forward(builder.network('enc_a'), domain, pictures);
}

/** mu + sigma epsilon, epsilon from the standard normal distribution (Kingma and Welling 2014, section 2.4). */
function drawAttribute(
  { builder }: Writing,
  { mean, logVariance }: Omit<Attribute, 'code'>,
  name: string,
): Attribute {
  if (logVariance === undefined) return { code: mean, mean, logVariance };
  const g = builder.graph;
  const epsilon = normals(builder, name, mean.shape as readonly number[]);
  return { code: g.Add(mean, g.Mul(epsilon, g.Exp(g.Mul(logVariance, 0.5)))), mean, logVariance };
}

function generate({ builder, networks }: Writing, domain: Domain, content: Value, code: Value): Value {
  return networks.generator.forward(builder.network('gen'), domain, content, code);
}

function observe(
  { builder, options }: Writing,
  pass: ByDomain<DomainPass>,
  recoded: ByDomain<Attribute>,
): void {
  const found = options.generator.variant === 'concat' ? 'mu2' : 'z_attr_random';
  forDomains((domain) => {
    const letter = letterOf(domain);
    const { content, attribute, fake, own, random, again } = pass[domain];
    builder.observe(`z_content_${letter}`, content);
    builder.observe(`z_attr_${letter}`, attribute.code);
    builder.observe(`z_attr_recon_${letter}`, recoded[domain].code);
    builder.observe(`${found}_${letter}`, pass[domain].found);
    builder.observe(`fake_${domain}_encoded`, fake);
    builder.observe(`fake_${domain}${domain}_encoded`, own);
    for (const [index, picture] of random.entries()) {
      builder.observe(`fake_${domain}_random${index === 0 ? '' : '2'}`, picture);
    }
    builder.observe(`fake_${domain}_recon`, again);
  });
}

function normals(builder: StepBuilder, name: string, shape: readonly number[]): Value {
  return builder.feed(name, 'float32', shape, (_, random) =>
    float32(
      shape,
      random.fill(elementCount(shape), (draw) => draw.normal()),
    ),
  );
}
