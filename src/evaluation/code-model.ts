import { type CodeMap, codeMap } from '../core/code-map/code-map.ts';
import type { SamplingOptions } from '../core/code-map/code-map-sampling.ts';
import { coordinateTokens } from '../core/code-map/coordinates.ts';
import type { Manifest, NetworkManifest } from '../core/manifest.ts';
import type { Random } from '../core/random.ts';
import { float32, int64, toNumbers } from '../core/tensor.ts';
import type { ImagePolicy, Pixels } from '../image/index.ts';
import type { Session, SessionOptions } from '../runtime/index.ts';
import { onlyOutput, openNetworks } from './open-networks.ts';
import { pictureTensor, pixelsOf } from './picture-tensor.ts';

type VectorQuantized = Extract<Manifest['translator'], { readonly kind: 'vector-quantized' }>;

/** Of what a package says is its source domain, and its target domain. */
export const sides = ['source', 'target'] as const;
export type Side = (typeof sides)[number];

/** What paints pictures of one domain. */
export interface CodeDomain {
  readonly name: string;
  /** Who reads styles out of pictures, as figures name it. */
  readonly styleEncoder: { readonly name: string; readonly sha256: string };
  /** @returns [styleCodeSize] */
  style(picture: Pixels): Promise<Float32Array>;
  paint(map: CodeMap, style: Float32Array): Promise<Pixels>;
  /** Draws a style; absent where it is not known how they are distributed. */
  readonly sampleStyle?: (random: Random) => Float32Array;
}

/** A model whose pictures are maps of codes, open: one picture at a time, as a batch pays no CPU. */
export interface CodeModel {
  readonly codebookSize: number;
  readonly pixelsPerCode: number;
  readonly styleCodeSize: number;
  /** How pictures are read: at the size that the prior, or else the model, was trained on. */
  readonly policy: ImagePolicy;
  readonly domains: Readonly<Record<Side, CodeDomain>>;
  encode(picture: Pixels): Promise<CodeMap>;
  /** Absent where the model makes no codes up. */
  readonly prior?: { readonly sampling: SamplingOptions; readonly session: Session };
  dispose(): Promise<void>;
}

/**
 * Opens the networks of a package.
 * @param folder of the package, whose files have been checked
 * @throws the errors of `Session.create`
 */
export async function openCodeModel(
  folder: string,
  manifest: Manifest & { readonly translator: VectorQuantized },
  options: SessionOptions,
): Promise<CodeModel> {
  const { translator, networks } = manifest;
  const { codebookSize, pixelsPerCode, styleCodeSize, source, target, prior } = translator;
  const keys = [translator.contentEncoder, source.styleEncoder, source.decoder];
  keys.push(target.styleEncoder, target.decoder, ...(prior === undefined ? [] : [prior.network]));
  const described = keys.map((key) => networks[key] as NetworkManifest);
  const open = await openNetworks(folder, described, options);
  const [content, ...others] = open as [Session, Session, Session, Session, Session, Session?];
  const domainOf = (side: Side) => {
    const [encoder, decoder] = others.slice(side === 'source' ? 0 : 2) as [Session, Session];
    return domain(manifest, side, encoder, decoder);
  };
  const step = others[4];
  return {
    codebookSize,
    pixelsPerCode,
    styleCodeSize,
    policy: policyOf(manifest),
    domains: { source: domainOf('source'), target: domainOf('target') },
    async encode(picture) {
      const codes = await onlyOutput(content, { [content.inputNames[0] as string]: pictureTensor(picture) });
      const [, height = 0, width = 0] = codes.dims;
      return codeMap(height, width, toNumbers(codes));
    },
    ...(prior && step && { prior: { sampling: samplingOf(translator, prior), session: step } }),
    async dispose() {
      await Promise.all(open.map((session) => session.dispose()));
    },
  };
}

function domain(
  {
    name,
    version,
    networks,
    translator,
    sourceDomain,
    targetDomain,
  }: Manifest & {
    readonly translator: VectorQuantized;
  },
  side: Side,
  encoder: Session,
  decoder: Session,
): CodeDomain {
  const { styles, styleEncoder } = translator[side];
  const { sha256 } = networks[styleEncoder] as NetworkManifest;
  const [codesInput = '', stylesInput = ''] = decoder.inputNames;
  return {
    name: side === 'source' ? sourceDomain : targetDomain,
    styleEncoder: { name: `${name}/${version} ${styleEncoder}`, sha256 },
    async style(picture) {
      const feeds = { [encoder.inputNames[0] as string]: pictureTensor(picture) };
      return Float32Array.from(toNumbers(await onlyOutput(encoder, feeds)));
    },
    async paint({ height, width, codes }, style) {
      const feeds = {
        [codesInput]: int64([1, height, width], codes),
        [stylesInput]: float32([1, 1, style.length], style),
      };
      return pixelsOf(await onlyOutput(decoder, feeds));
    },
    ...(styles && { sampleStyle: (random: Random) => drawn(styles, random) }),
  };
}

/** mean + factor z, z standard normal. */
function drawn(
  { mean, factor }: NonNullable<VectorQuantized['source']['styles']>,
  random: Random,
): Float32Array {
  const z = random.fill(mean.length, (stream) => stream.normal());
  return Float32Array.from(mean, (middle, row) =>
    (factor[row] ?? []).reduce((sum, value, column) => sum + value * (z[column] as number), middle),
  );
}

function samplingOf(
  { pixelsPerCode, codebookSize }: VectorQuantized,
  { window, conditioning }: NonNullable<VectorQuantized['prior']>,
): SamplingOptions {
  return { window, conditioning, coordinates: coordinateTokens(window, pixelsPerCode, codebookSize) };
}

/** Of one size: pictures are scaled to cover it and cut in the middle. */
function policyOf({
  image,
  translator: { pixelsPerCode, prior },
}: Manifest & { readonly translator: VectorQuantized }): ImagePolicy {
  const { width, height } = image;
  const { window = { width: width / pixelsPerCode, height: height / pixelsPerCode } } = prior ?? {};
  return {
    ...image,
    width: window.width * pixelsPerCode,
    height: window.height * pixelsPerCode,
    flexible: false,
  };
}
