import { InvalidArgumentError } from '../core/errors.ts';
import type { Manifest, NetworkManifest, TensorInterface } from '../core/manifest.ts';
import type { Random } from '../core/random.ts';
import { float32, type Tensor, toNumbers } from '../core/tensor.ts';
import type { Pixels } from '../image/index.ts';
import type { Session, SessionOptions } from '../runtime/index.ts';
import { onlyOutput, openNetworks } from './open-networks.ts';
import { pictureTensor, pixelsOf } from './picture-tensor.ts';

type ExemplarGuided = Extract<Manifest['translator'], { readonly kind: 'exemplar-guided' }>;

/** A model whose outputs are chosen by attribute codes, open: one picture and one code at a time, as a batch pays no CPU. */
export interface ExemplarModel {
  readonly attributeCodeSize: number;
  /** Who reads codes out of pictures, as figures name it. */
  readonly attributeEncoder: { readonly name: string; readonly sha256: string };
  /** @param picture of a size that the model takes */
  encodeContent(picture: Pixels): Promise<Tensor>;
  /** @param code [attributeCodeSize] */
  generate(content: Tensor, code: Float32Array): Promise<Pixels>;
  /** @returns [attributeCodeSize] */
  encodeAttribute(picture: Pixels): Promise<Float32Array>;
  /** A code such as those that the model was trained on. */
  sampleCode(random: Random): Float32Array;
  dispose(): Promise<void>;
}

/**
 * Opens the three networks of a package.
 * @param folder of the package, whose files have been checked
 * @throws InvalidArgumentError when a network has other inputs and outputs than our exports; the errors of `Session.create`
 */
export async function openExemplarModel(
  folder: string,
  manifest: Manifest & { readonly translator: ExemplarGuided },
  options: SessionOptions,
): Promise<ExemplarModel> {
  const { name, version, networks, translator } = manifest;
  const { attributeCodeSize } = translator;
  const described = {
    content: networks[translator.contentEncoder] as NetworkManifest,
    attribute: networks[translator.attributeEncoder] as NetworkManifest,
    generator: networks[translator.generator] as NetworkManifest,
  };
  const faces = {
    content: face(described.content.inputs, 0, true),
    style: face(described.attribute.inputs, 0, true),
    encoded: face(described.generator.inputs, 0, false),
    code: face(described.generator.inputs, 1, false),
    picture: face(described.generator.outputs, 0, true),
  };
  const open = await openNetworks(folder, Object.values(described), options);
  const [contentEncoder, attributeEncoder, generator] = open as [Session, Session, Session];
  const codeOf = (values: readonly number[]): Float32Array => {
    if (values.length === attributeCodeSize) return Float32Array.from(values);
    throw new InvalidArgumentError(
      `the attribute encoder of ${name}/${version} gives a code of ${values.length} values, its manifest says ${attributeCodeSize}`,
    );
  };
  return {
    attributeCodeSize,
    attributeEncoder: { name: `${name}/${version} attribute encoder`, sha256: described.attribute.sha256 },
    encodeContent: (picture) => onlyOutput(contentEncoder, { [faces.content]: pictureTensor(picture) }),
    async generate(content, code) {
      const feeds = { [faces.encoded]: content, [faces.code]: float32([1, code.length], code) };
      return pixelsOf(await onlyOutput(generator, feeds));
    },
    async encodeAttribute(picture) {
      return codeOf(toNumbers(await onlyOutput(attributeEncoder, { [faces.style]: pictureTensor(picture) })));
    },
    sampleCode: (random) => random.fill(attributeCodeSize, (stream) => stream.normal()),
    async dispose() {
      await Promise.all(open.map((session) => session.dispose()));
    },
  };
}

/** Name of an input or output, which is to be a picture as our exports have it, or is not looked at further. */
function face(faces: readonly TensorInterface[], at: number, picture: boolean): string {
  const found = faces[at];
  if (found !== undefined && (!picture || (found.dtype === 'uint8' && found.layout === 'NHWC'))) {
    return found.name;
  }
  const seen = faces.map(({ name, dtype, layout }) => `"${name}" ${dtype} ${layout ?? ''}`.trimEnd());
  const wanted = picture ? 'pictures as uint8 NHWC' : `an input number ${at + 1}`;
  throw new InvalidArgumentError(`expected ${wanted} of an exemplar-guided model, got ${seen.join(', ')}`);
}
