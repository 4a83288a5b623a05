import { type CodeMap, codeMap } from '../../core/code-map/code-map.ts';
import { InternalError } from '../../core/errors.ts';
import type { TensorInterface } from '../../core/manifest.ts';
import { int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import { describeFace } from './picture-face.ts';
import { TranslatorError } from './translator.ts';

/** Checks that an input or output holds maps of codes of any size. */
export function codeMapFace(face: TensorInterface): TensorInterface {
  const { dtype, shape } = face;
  const free = shape.slice(1).every((dimension) => typeof dimension === 'string');
  if (dtype === 'int64' && shape.length === 3 && free) return face;
  throw new TranslatorError(
    `${describeFace(face)}; expected indices of codes: int64 [n, h, w] of any height and width`,
  );
}

/** A map as the one-item input of a decoder. */
export function fromCodeMap({ height, width, codes }: CodeMap): Tensor<'int64'> {
  return int64([1, height, width], codes);
}

/**
 * The one map of a content encoder's output.
 * @throws InternalError when it is none, or holds what is not in the codebook
 */
export function toCodeMap(output: Tensor, codebookSize: number): CodeMap {
  const [items, height = 0, width = 0] = output.dims;
  const codes = toNumbers(output);
  const stranger = codes.find((code) => !(code >= 0 && code < codebookSize));
  if (items !== 1 || output.dims.length !== 3 || stranger !== undefined) {
    const found = stranger === undefined ? '' : ` with code ${stranger}`;
    throw new InternalError(
      `one map of codes below ${codebookSize} was expected, got ${output.dtype} [${output.dims.join(', ')}]${found}`,
    );
  }
  return codeMap(height, width, codes);
}
