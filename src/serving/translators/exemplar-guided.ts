import type { NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { type Tensor, zeros } from '../../core/tensor.ts';
import { standardNormal } from '../guidance/code-distribution.ts';
import { attributeReader, codeFace } from './attribute-reader.ts';
import { codeRows, forEachCode, outputOf } from './network-outputs.ts';
import { describeFace, mostItems, onlyInput, pictureFace, pictureShape } from './picture-face.ts';
import { toPixels, toTensor } from './picture-tensor.ts';
import { TranslatorError, type TranslatorFactory } from './translator.ts';

/**
 * A content encoder, an attribute encoder and a generator: DRIT. The content of a picture is encoded once; each
 * attribute code is then a run of the generator by itself.
 */
export const exemplarGuided: TranslatorFactory<'exemplar-guided'> = (manifest, translator) => {
  const { contentEncoder, attributeEncoder, generator, attributeCodeSize } = translator;
  const networkOf = (name: string) => manifest.networks[name] as NetworkManifest;
  const picture = pictureFace(onlyInput(contentEncoder, networkOf(contentEncoder)), manifest);
  const encodedContent = contentFace(networkOf(contentEncoder).outputs[0] as TensorInterface);
  const reader = attributeReader(manifest, {
    network: attributeEncoder,
    codeSize: attributeCodeSize,
    distribution: standardNormal(attributeCodeSize),
  });
  const { content, attribute } = generatorInputs(generator, networkOf(generator), attributeCodeSize);
  const output = pictureFace(networkOf(generator).outputs[0] as TensorInterface, manifest);
  if (attribute.name === picture.name)
    throw new TranslatorError(
      `a picture and a code are both called "${picture.name}"; their names must differ`,
    );

  const blank = { [picture.name]: zeros(picture.dtype, pictureShape(picture, manifest)) };
  return {
    inputs: [picture, attribute],
    outputs: [output],
    attributes: reader.space,
    prepare: async (pixels, codes) => ({
      [picture.name]: await toTensor(pixels, picture),
      [attribute.name]: codeRows(codes, attributeCodeSize),
    }),
    async run({ [attribute.name]: codes, ...pictures }, runNetwork, report) {
      const encoded = await runNetwork(contentEncoder, pictures);
      const shared = { [content.name]: outputOf(encoded, encodedContent, contentEncoder) };
      const make = (code: Tensor) => runNetwork(generator, { ...shared, [attribute.name]: code });
      return forEachCode(codes as Tensor, (code) => make(codeRows([code], attributeCodeSize)), report);
    },
    finish: async (outputs) => toPixels(outputOf(outputs, output, generator), output),
    async warmUp(runNetwork) {
      const encoded = await runNetwork(contentEncoder, blank);
      const code = { [attribute.name]: zeros('float32', [1, attributeCodeSize]) };
      const shared = { [content.name]: outputOf(encoded, encodedContent, contentEncoder) };
      return [
        { network: contentEncoder, feeds: blank },
        reader.warmUp,
        { network: generator, feeds: { ...shared, ...code } },
      ];
    },
    maxBatch: (network) => mostItems(networkOf(network)),
  };
};

/** The first input of a generator is content, its second the code. */
function generatorInputs(name: string, { inputs }: NetworkManifest, codeSize: number) {
  const [content, attribute, ...others] = inputs;
  if (content === undefined || attribute === undefined || others.length > 0) {
    throw new TranslatorError(
      `network "${name}" has ${inputs.length} inputs: ${inputs.map(describeFace).join(', ')}; expected content and a code`,
    );
  }
  return { content: contentFace(content), attribute: codeFace(attribute, codeSize) };
}

function contentFace(face: TensorInterface): TensorInterface {
  if (face.dtype === 'float32' && face.shape.length === 4) return face;
  throw new TranslatorError(`${describeFace(face)}; expected content: float32 of four dimensions`);
}
