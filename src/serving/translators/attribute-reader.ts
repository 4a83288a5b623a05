import { InternalError } from '../../core/errors.ts';
import type { Manifest, NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { toNumbers, zeros } from '../../core/tensor.ts';
import { type AttributeCode, attributeCode } from '../guidance/attribute-code.ts';
import { outputOf } from './network-outputs.ts';
import { describeFace, onlyInput, pictureFace, pictureShape } from './picture-face.ts';
import { toTensor } from './picture-tensor.ts';
import { type AttributeSpace, TranslatorError, type WarmUpRun } from './translator.ts';

interface ReaderOptions {
  /** Key of the network in the manifest. */
  readonly network: string;
  readonly codeSize: number;
  readonly distribution: AttributeSpace['distribution'];
}

/** Codes as one network reads them off pictures: picture in, code out. @throws TranslatorError when it does not */
export function attributeReader(
  manifest: Manifest,
  { network: name, codeSize, distribution }: ReaderOptions,
): { readonly space: AttributeSpace; readonly face: TensorInterface; readonly warmUp: WarmUpRun } {
  const network = manifest.networks[name] as NetworkManifest;
  const picture = pictureFace(onlyInput(name, network), manifest);
  const face = codeFace(network.outputs[0] as TensorInterface, codeSize);
  const space: AttributeSpace = {
    codeSize,
    distribution,
    readerSha256: network.sha256,
    async encode(pixels, runNetwork) {
      const outputs = await runNetwork(name, { [picture.name]: await toTensor(pixels, picture) });
      const code = attributeCode(toNumbers(outputOf(outputs, face, name)));
      return requireCode(code, codeSize);
    },
  };
  const blank = zeros(picture.dtype, pictureShape(picture, manifest));
  return { space, face, warmUp: { network: name, feeds: { [picture.name]: blank } } };
}

/** Checks that an input or output holds codes. */
export function codeFace(face: TensorInterface, size: number): TensorInterface {
  if (face.dtype === 'float32' && face.shape.length === 2 && face.shape[1] === size) return face;
  throw new TranslatorError(`${describeFace(face)}; expected attribute codes: float32 [n, ${size}]`);
}

function requireCode(code: AttributeCode, size: number): AttributeCode {
  if (code.length === size && code.every(Number.isFinite)) return code;
  throw new InternalError(`an attribute code of ${size} numbers was expected, got [${code.join(', ')}]`);
}
