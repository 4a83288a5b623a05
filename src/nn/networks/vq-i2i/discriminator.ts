import type { Value } from '../../../onnx/ir.ts';
import { leakyRelu } from '../../layers/activation.ts';
import { convolution } from '../../layers/convolution.ts';
import { affineInstanceNorm } from '../../layers/instance-norm.ts';
import type { Discriminator } from '../patch-discriminator.ts';
import { runSequential, type SequentialLayer } from '../sequential.ts';

export interface VqDiscriminatorOptions {
  /** Channels after the first convolution. Default 64. */
  readonly filters?: number;
  /** Convolutions that halve the size. Default 3. */
  readonly layers?: number;
}

const slope = 0.2;
/** Channels stop growing at eight times those of the first layer. */
const widest = 8;

/**
 * The PatchGAN (Isola et al. 2017) of VQGAN with the norm that VQ-I2I has in it: strided 4x4 convolutions without bias
 * but for the first and the last, affine instance norms, LeakyReLU. Parameters: main.<layer>.*.
 */
export function vqDiscriminator({ filters = 64, layers = 3 }: VqDiscriminatorOptions = {}): Discriminator {
  const inner = (depth: number, stride: number): SequentialLayer[] => [
    convolution4(filters * Math.min(2 ** depth, widest), { stride, bias: false }),
    { apply: affineInstanceNorm },
    activation,
  ];
  const sequence = [
    convolution4(filters, { stride: 2, bias: true }),
    activation,
    ...Array.from({ length: layers - 1 }, (_, index) => inner(index + 1, 2)).flat(),
    ...inner(layers, 1),
    convolution4(1, { stride: 1, bias: true }),
  ];
  return { forward: (scope, x) => runSequential(scope.child('main'), sequence, x).at(-1) as Value };
}

const activation: SequentialLayer = { apply: (scope, x) => leakyRelu(scope, x, slope), inPlace: true };

function convolution4(
  filters: number,
  options: { readonly stride: number; readonly bias: boolean },
): SequentialLayer {
  return { apply: (scope, x) => convolution(scope, x, { filters, kernel: 4, padding: 1, ...options }) };
}
