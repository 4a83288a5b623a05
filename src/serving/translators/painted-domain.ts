import { InternalError } from '../../core/errors.ts';
import type { Manifest, NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { float32, type Tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';
import type { NamedTensors } from '../batcher.ts';
import type { AttributeCode } from '../guidance/attribute-code.ts';
import { normal } from '../guidance/code-distribution.ts';
import { attributeReader } from './attribute-reader.ts';
import { codeMapFace } from './code-map-tensor.ts';
import { fewestStripColumns } from './code-painting.ts';
import { outputOf } from './network-outputs.ts';
import { describeFace, pictureFace } from './picture-face.ts';
import { toPixels } from './picture-tensor.ts';
import { type AttributeSpace, type RunNetwork, TranslatorError, type WarmUpRun } from './translator.ts';

export type VectorQuantized = Extract<Manifest['translator'], { kind: 'vector-quantized' }>;

/** What paints maps of codes as pictures of one domain. */
export interface PaintedDomain {
  readonly name: string;
  /** Key of its decoder in the manifest. */
  readonly decoder: string;
  readonly attributes: AttributeSpace;
  /** One style, as the domain's encoder gives it. */
  readonly style: TensorInterface;
  readonly picture: TensorInterface;
  /**
   * Runs the decoder.
   * @param codes [1, h, w]
   * @param styles of vertical strips of equal width, from the left
   */
  paint(codes: Tensor, styles: readonly AttributeCode[], runNetwork: RunNetwork): Promise<NamedTensors>;
  finish(outputs: NamedTensors): Promise<Pixels>;
  /** @param codes of a map of the model's own size */
  warmUp(codes: Tensor): readonly WarmUpRun[];
}

/** @throws TranslatorError when its networks are no style encoder and no decoder */
export function paintedDomain(
  manifest: Manifest,
  { styleCodeSize }: VectorQuantized,
  { name, domain }: { readonly name: string; readonly domain: VectorQuantized['source'] },
): PaintedDomain {
  const { decoder, styleEncoder, styles: distribution } = domain;
  const network = manifest.networks[decoder] as NetworkManifest;
  const { codes: codesInput, styles: stylesInput } = decoderInputs(decoder, network, styleCodeSize);
  const picture = pictureFace(network.outputs[0] as TensorInterface, manifest);
  const reader = attributeReader(manifest, {
    network: styleEncoder,
    codeSize: styleCodeSize,
    distribution: distribution && measured(distribution, styleCodeSize, name),
  });
  const feedsOf = (codes: Tensor, styles: readonly AttributeCode[]) => ({
    [codesInput.name]: codes,
    [stylesInput.name]: float32([1, styles.length, styleCodeSize], styles.flat()),
  });
  return {
    name,
    decoder,
    attributes: reader.space,
    style: reader.face,
    picture,
    paint(codes, styles, runNetwork) {
      requireStrips(codes, styles.length);
      return runNetwork(decoder, feedsOf(codes, styles));
    },
    finish: async (outputs) => toPixels(outputOf(outputs, picture, decoder), picture),
    warmUp: (codes) => [
      reader.warmUp,
      { network: decoder, feeds: feedsOf(codes, [new Array<number>(styleCodeSize).fill(0)]) },
    ],
  };
}

/** The first input of a decoder is codes, its second the styles of strips. */
function decoderInputs(name: string, { inputs }: NetworkManifest, styleCodeSize: number) {
  const [codes, styles, ...others] = inputs;
  if (codes === undefined || styles === undefined || others.length > 0) {
    throw new TranslatorError(
      `network "${name}" has ${inputs.length} inputs: ${inputs.map(describeFace).join(', ')}; expected codes and styles`,
    );
  }
  return { codes: codeMapFace(codes), styles: stripsFace(styles, styleCodeSize) };
}

function stripsFace(face: TensorInterface, size: number): TensorInterface {
  const [, strips, length] = face.shape;
  const free = typeof strips === 'string';
  if (face.dtype === 'float32' && face.shape.length === 3 && free && length === size) return face;
  throw new TranslatorError(
    `${describeFace(face)}; expected the styles of any number of strips: float32 [n, k, ${size}]`,
  );
}

function measured(
  { mean, factor }: NonNullable<VectorQuantized['source']['styles']>,
  size: number,
  domain: string,
) {
  const rows = [mean, ...factor];
  if (factor.length === size && rows.every(({ length }) => length === size)) return normal(mean, factor);
  throw new TranslatorError(
    `styles of "${domain}" have a mean of ${mean.length} numbers and a factor of ${factor.length} rows (${factor.map(({ length }) => length).join(', ')}); expected ${size} and ${size} x ${size}`,
  );
}

function requireStrips({ dims }: Tensor, strips: number): void {
  const [, , width = 0] = dims;
  if (strips > 0 && width % strips === 0 && width >= fewestStripColumns * strips) return;
  throw new InternalError(
    `a map of ${width} columns was to be painted in ${strips} strips of equal width, at least ${fewestStripColumns} columns`,
  );
}
