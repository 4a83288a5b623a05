import { InternalError } from '../../core/errors.ts';
import type { Manifest, NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { type Tensor, zeros } from '../../core/tensor.ts';
import { codeMapFace, fromCodeMap, toCodeMap } from './code-map-tensor.ts';
import type { CodePainting } from './code-painting.ts';
import { codeRows, forEachCode, outputOf } from './network-outputs.ts';
import { type PaintedDomain, paintedDomain, type VectorQuantized } from './painted-domain.ts';
import { mostItems, onlyInput, pictureFace, pictureShape } from './picture-face.ts';
import { toTensor } from './picture-tensor.ts';
import { priorSteps } from './prior-steps.ts';
import { type RunNetwork, type Translator, TranslatorError, type TranslatorFactory } from './translator.ts';

/**
 * Pictures of two domains as maps of codes from one codebook: VQ-I2I. A map is read off a picture of either domain once;
 * each style is then a run of a domain's decoder by itself.
 */
export const vectorQuantized: TranslatorFactory<'vector-quantized'> = (manifest, described) => {
  const { codebookSize } = described;
  const content = contentReader(manifest, described);
  const domains = domainsOf(manifest, described);
  const prior = priorSteps(manifest, described);
  const networkOf = (name: string) => manifest.networks[name] as NetworkManifest;
  const maxBatch = (network: string) => mostItems(networkOf(network));
  const warmUp = async (runNetwork: RunNetwork) => {
    const codes = await content.read(content.blank, runNetwork);
    return [
      { network: described.contentEncoder, feeds: content.blank },
      ...domains.flatMap((domain) => domain.warmUp(codes)),
      ...(prior ? [prior.warmUp] : []),
    ];
  };
  const translators = domains.map((domain): [string, Translator] => [
    domain.name,
    { ...translatorInto(domain, content), warmUp, maxBatch },
  ]);
  const domainOf = (name: string) => {
    const found = domains.find((domain) => domain.name === name);
    if (found) return found;
    throw new InternalError(`there is no domain "${name}"`);
  };
  const codes: CodePainting = {
    pixelsPerCode: described.pixelsPerCode,
    codebookSize,
    domains: domains.map(({ name }) => name),
    attributes: (name) => domainOf(name).attributes,
    async encode(pixels, runNetwork) {
      const feeds = { [content.picture.name]: await toTensor(pixels, content.picture) };
      return toCodeMap(await content.read(feeds, runNetwork), codebookSize);
    },
    async paint(name, map, styles, runNetwork) {
      const domain = domainOf(name);
      return domain.finish(await domain.paint(fromCodeMap(map), styles, runNetwork));
    },
    ...(prior && { prior: prior.painting }),
  };
  const into = new Map(translators);
  return { ...(into.get(manifest.targetDomain) as Translator), into, codes };
};

type ContentReader = ReturnType<typeof contentReader>;

/** The network that reads codes off pictures of either domain. */
function contentReader(manifest: Manifest, { contentEncoder }: VectorQuantized) {
  const network = manifest.networks[contentEncoder] as NetworkManifest;
  const picture = pictureFace(onlyInput(contentEncoder, network), manifest);
  const codes = codeMapFace(network.outputs[0] as TensorInterface);
  return {
    picture,
    blank: { [picture.name]: zeros(picture.dtype, pictureShape(picture, manifest)) },
    read: async (feeds: Readonly<Record<string, Tensor>>, runNetwork: RunNetwork) =>
      outputOf(await runNetwork(contentEncoder, feeds), codes, contentEncoder),
  };
}

/** Source and target. */
function domainsOf(manifest: Manifest, described: VectorQuantized): readonly PaintedDomain[] {
  const { sourceDomain, targetDomain, image } = manifest;
  const { pixelsPerCode, source, target } = described;
  if (sourceDomain === targetDomain)
    throw new TranslatorError(`both domains are called "${sourceDomain}"; their names must differ`);
  if (!image.flexible || image.multipleOf % pixelsPerCode !== 0)
    throw new TranslatorError(
      `image has flexible ${image.flexible} and multipleOf ${image.multipleOf}; expected pictures of any size that is a multiple of the ${pixelsPerCode} pixels of a code`,
    );
  return [
    paintedDomain(manifest, described, { name: sourceDomain, domain: source }),
    paintedDomain(manifest, described, { name: targetDomain, domain: target }),
  ];
}

/** A picture of either domain as pictures of one. */
function translatorInto(
  { style, picture: output, attributes, paint, finish }: PaintedDomain,
  { picture, read }: ContentReader,
): Omit<Translator, 'warmUp' | 'maxBatch'> {
  if (style.name === picture.name)
    throw new TranslatorError(
      `a picture and a style are both called "${picture.name}"; their names must differ`,
    );
  return {
    inputs: [picture, style],
    outputs: [output],
    attributes,
    prepare: async (pixels, codes) => ({
      [picture.name]: await toTensor(pixels, picture),
      [style.name]: codeRows(codes, attributes.codeSize),
    }),
    async run({ [style.name]: styles, ...pictures }, runNetwork, report) {
      const codes = await read(pictures, runNetwork);
      return forEachCode(styles as Tensor, (each) => paint(codes, [each], runNetwork), report);
    },
    finish,
  };
}
