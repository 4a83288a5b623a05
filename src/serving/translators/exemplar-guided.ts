import { InternalError } from '../../core/errors.ts';
import type { NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { float32, type Tensor, toNumbers, zeros } from '../../core/tensor.ts';
import { type NamedTensors, splitOutputs } from '../batcher.ts';
import { type AttributeCode, attributeCode } from '../guidance/attribute-code.ts';
import { describeFace, mostItems, onlyInput, pictureFace, pictureShape } from './picture-face.ts';
import { toPixels, toTensor } from './picture-tensor.ts';
import { TranslatorError, type TranslatorFactory } from './translator.ts';

/**
 * A content encoder, an attribute encoder and a generator: DRIT. The content of a picture is encoded once; each
 * attribute code is then a run of the generator by itself, so that the scheduler may put as many into a batch as pay, with those
 * of other requests, and what is more urgent need not wait for all of them.
 */
export const exemplarGuided: TranslatorFactory<'exemplar-guided'> = (manifest, translator) => {
  const { contentEncoder, attributeEncoder, generator, attributeCodeSize } = translator;
  const networkOf = (name: string) => manifest.networks[name] as NetworkManifest;
  const picture = pictureFace(onlyInput(contentEncoder, networkOf(contentEncoder)), manifest);
  const style = pictureFace(onlyInput(attributeEncoder, networkOf(attributeEncoder)), manifest);
  const encodedContent = contentFace(networkOf(contentEncoder).outputs[0] as TensorInterface);
  const encodedCode = codeFace(networkOf(attributeEncoder).outputs[0] as TensorInterface, attributeCodeSize);
  const { content, attribute } = generatorInputs(generator, networkOf(generator), attributeCodeSize);
  const output = pictureFace(networkOf(generator).outputs[0] as TensorInterface, manifest);
  if (attribute.name === picture.name)
    throw new TranslatorError(
      `a picture and a code are both called "${picture.name}"; their names must differ`,
    );

  const blank = (face: TensorInterface) => ({
    [face.name]: zeros(face.dtype, pictureShape(face, manifest)),
  });
  return {
    inputs: [picture, attribute],
    outputs: [output],
    attributes: {
      codeSize: attributeCodeSize,
      readerSha256: networkOf(attributeEncoder).sha256,
      async encode(pixels, runNetwork) {
        const outputs = await runNetwork(attributeEncoder, { [style.name]: await toTensor(pixels, style) });
        return readCode(tensorOf(outputs, encodedCode, attributeEncoder), attributeCodeSize);
      },
    },
    prepare: async (pixels, codes) => ({
      [picture.name]: await toTensor(pixels, picture),
      [attribute.name]: float32([codes.length, attributeCodeSize], codes.flat()),
    }),
    async run({ [attribute.name]: codes, ...pictures }, runNetwork, report) {
      const encoded = await runNetwork(contentEncoder, pictures);
      const shared = { [content.name]: tensorOf(encoded, encodedContent, contentEncoder) };
      const each = rowsOf({ [attribute.name]: codes as Tensor });
      let done = 0;
      return Promise.all(
        each.map(async (code) => {
          const outputs = await runNetwork(generator, { ...shared, ...code });
          done++;
          if (each.length > 1) report(done / each.length);
          return outputs;
        }),
      );
    },
    finish: async (outputs) => toPixels(tensorOf(outputs, output, generator), output),
    async warmUp(runNetwork) {
      const encoded = await runNetwork(contentEncoder, blank(picture));
      const code = { [attribute.name]: zeros('float32', [1, attributeCodeSize]) };
      const shared = { [content.name]: tensorOf(encoded, encodedContent, contentEncoder) };
      return [
        { network: contentEncoder, feeds: blank(picture) },
        { network: attributeEncoder, feeds: blank(style) },
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

function codeFace(face: TensorInterface, size: number): TensorInterface {
  if (face.dtype === 'float32' && face.shape.length === 2 && face.shape[1] === size) return face;
  throw new TranslatorError(`${describeFace(face)}; expected attribute codes: float32 [n, ${size}]`);
}

function rowsOf(tensors: { readonly [name: string]: Tensor }): Record<string, Tensor>[] {
  const [rows = 0] = Object.values(tensors)[0]?.dims ?? [];
  return splitOutputs(
    tensors,
    Array.from({ length: rows }, () => 1),
  );
}

function tensorOf(outputs: NamedTensors, { name }: TensorInterface, network: string): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new InternalError(`network "${network}" gave no output "${name}"`);
  return tensor;
}

function readCode(tensor: Tensor, size: number): AttributeCode {
  const code = attributeCode(toNumbers(tensor));
  if (code.length === size && code.every(Number.isFinite)) return code;
  throw new InternalError(`an attribute code of ${size} numbers was expected, got [${code.join(', ')}]`);
}
