import type { NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import { zeros } from '../../core/tensor.ts';
import { outputOf } from './network-outputs.ts';
import { mostItems, onlyInput, pictureFace, pictureShape } from './picture-face.ts';
import { toPixels, toTensor } from './picture-tensor.ts';
import type { TranslatorFactory } from './translator.ts';

/** One run of one network, picture in, picture out: CycleGAN, CUT and their family. */
export const feedForward: TranslatorFactory<'feed-forward'> = (manifest, { network: name }) => {
  const network = manifest.networks[name] as NetworkManifest;
  const input = pictureFace(onlyInput(name, network), manifest);
  const output = pictureFace(network.outputs[0] as TensorInterface, manifest);
  return {
    inputs: network.inputs,
    outputs: network.outputs,
    attributes: undefined,
    prepare: async (picture) => ({ [input.name]: await toTensor(picture, input) }),
    run: async (feeds, runNetwork) => [await runNetwork(name, feeds)],
    finish: async (outputs) => toPixels(outputOf(outputs, output, name), output),
    warmUp: async () => [
      { network: name, feeds: { [input.name]: zeros(input.dtype, pictureShape(input, manifest)) } },
    ],
    maxBatch: () => mostItems(network),
  };
};
