import type { Manifest, NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { TranslatorError } from './translator.ts';

/** The one input of a network. */
export function onlyInput(name: string, { inputs }: NetworkManifest): TensorInterface {
  if (inputs.length !== 1) {
    const names = inputs.map((input) => input.name).join(', ');
    throw new TranslatorError(
      `network "${name}" has ${inputs.length} inputs (${names}); expected one, the picture`,
    );
  }
  return inputs[0] as TensorInterface;
}

/** Checks that an input or output holds pictures of the size that the manifest promises. */
export function pictureFace(face: TensorInterface, manifest: Manifest): TensorInterface {
  const seen = describeFace(face);
  if (
    face.layout === undefined ||
    (face.dtype !== 'uint8' && face.dtype !== 'float32') ||
    face.shape.length !== 4
  ) {
    throw new TranslatorError(
      `${seen}; expected a picture: uint8 or float32 of four dimensions with layout NHWC or NCHW`,
    );
  }
  const expected = pictureShape(face, manifest);
  const fixedElsewhere = face.shape.some(
    (dimension, axis) => typeof dimension === 'number' && dimension !== expected[axis],
  );
  if (fixedElsewhere) {
    throw new TranslatorError(
      `${seen}; expected [${expected.join(', ')}] by the manifest's image size, or names for what may vary`,
    );
  }
  return face;
}

/** Shape of one picture at the model's own size. */
export function pictureShape({ layout }: TensorInterface, { image }: Manifest): number[] {
  return layout === 'NCHW' ? [1, 3, image.height, image.width] : [1, image.height, image.width, 3];
}

/** `"input" is uint8 [n, h, w, 3] NHWC`, as messages describe an input or output. */
export function describeFace({ name, dtype, shape, layout }: TensorInterface): string {
  return `"${name}" is ${dtype} [${shape.join(', ')}]${layout ? ` ${layout}` : ''}`;
}

/** Most items of one run of a network: 1 where an input or output says so, any number elsewhere. */
export function mostItems({ inputs, outputs }: NetworkManifest): number {
  return [...inputs, ...outputs].some(({ shape }) => shape[0] === 1) ? 1 : Number.POSITIVE_INFINITY;
}
