import { InternalError } from '../../core/errors.ts';
import type { Manifest, NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { zeros } from '../../core/tensor.ts';
import { toPixels, toTensor } from './picture-tensor.ts';
import { type Translator, TranslatorError } from './translator.ts';

/**
 * One run of one network, picture in, picture out: CycleGAN, CUT and their family.
 * @param name key of the network
 * @throws TranslatorError when it is not such a network
 */
export function feedForward(manifest: Manifest, name: string): Translator {
  const network = manifest.networks[name] as NetworkManifest;
  const input = pictureFace(onlyInput(name, network), manifest);
  const output = pictureFace(network.outputs[0] as TensorInterface, manifest);
  return {
    prepare: async (picture) => ({ [input.name]: await toTensor(picture, input) }),
    run: (feeds, runNetwork) => runNetwork(name, feeds),
    finish: async (outputs) => {
      const tensor = outputs[output.name];
      if (tensor === undefined) throw new InternalError(`network "${name}" gave no output "${output.name}"`);
      return toPixels(tensor, output);
    },
    warmUp: () => [
      { network: name, feeds: { [input.name]: zeros(input.dtype, pictureShape(input, manifest)) } },
    ],
    maxBatch: () => (input.shape[0] === 1 || output.shape[0] === 1 ? 1 : Number.POSITIVE_INFINITY),
  };
}

function onlyInput(name: string, { inputs }: NetworkManifest): TensorInterface {
  if (inputs.length !== 1) {
    const names = inputs.map((input) => input.name).join(', ');
    throw new TranslatorError(
      `network "${name}" has ${inputs.length} inputs (${names}); a feed-forward translator has one`,
    );
  }
  return inputs[0] as TensorInterface;
}

/** Checks that an input or output holds pictures of the size that the manifest promises. */
function pictureFace(face: TensorInterface, manifest: Manifest): TensorInterface {
  const seen = `"${face.name}" is ${face.dtype} [${face.shape.join(', ')}]${face.layout ? ` ${face.layout}` : ''}`;
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
function pictureShape({ layout }: TensorInterface, { image }: Manifest): number[] {
  return layout === 'NCHW' ? [1, 3, image.height, image.width] : [1, image.height, image.width, 3];
}
