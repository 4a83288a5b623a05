import type { Tensor } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import { relu } from '../layers/activation.ts';
import { convolution } from '../layers/convolution.ts';
import type { Scope } from '../scope.ts';

/** A convolution of a classifier, under its number in torchvision's `features`, with the ReLU after it. */
interface BackboneConvolution {
  readonly index: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding: number;
}

/** The layers between two of the five features that LPIPS looks at. */
interface Slice {
  /** Whether it begins with a max pool. */
  readonly pooled: boolean;
  readonly convolutions: readonly BackboneConvolution[];
}

export interface Backbone {
  readonly slices: readonly Slice[];
  /** Channels of the features, one a slice. */
  readonly widths: readonly number[];
  /** Width and height of its max pools, in steps of two. */
  readonly pool: number;
  /** Least width and height of a picture. */
  readonly minimumSize: number;
}

const three = (pooled: boolean, ...indices: readonly number[]): Slice => ({
  pooled,
  convolutions: indices.map((index) => ({ index, kernel: 3, padding: 1 })),
});

export const backboneNames = ['vgg16', 'alexnet'] as const;
export type BackboneName = (typeof backboneNames)[number];

/** VGG-16 up to relu5_3 (Simonyan and Zisserman 2015); AlexNet up to relu5 (Krizhevsky 2014, one tower). */
export const backbones: Readonly<Record<BackboneName, Backbone>> = {
  vgg16: {
    slices: [
      three(false, 0, 2),
      three(true, 5, 7),
      three(true, 10, 12, 14),
      three(true, 17, 19, 21),
      three(true, 24, 26, 28),
    ],
    widths: [64, 128, 256, 512, 512],
    pool: 2,
    minimumSize: 16,
  },
  alexnet: {
    slices: [
      { pooled: false, convolutions: [{ index: 0, kernel: 11, stride: 4, padding: 2 }] },
      { pooled: true, convolutions: [{ index: 3, kernel: 5, padding: 2 }] },
      three(true, 6),
      three(false, 8),
      three(false, 10),
    ],
    widths: [64, 192, 384, 256, 256],
    pool: 3,
    minimumSize: 31,
  },
};

/** Channels of the features by weights with the names of LPIPS; the published ones where a tensor is missing. */
export function widthsIn(backbone: BackboneName, weights: ReadonlyMap<string, Tensor>): number[] {
  const { slices, widths } = backbones[backbone];
  return slices.map((slice, k) => lastWeight(slice, k, weights)?.dims[0] ?? (widths[k] as number));
}

/** The backbone whose last convolution the weights have; undefined when they are of neither. */
export function backboneIn(weights: ReadonlyMap<string, Tensor>): BackboneName | undefined {
  return backboneNames.find((name) => {
    const { slices } = backbones[name];
    return lastWeight(slices.at(-1) as Slice, slices.length - 1, weights) !== undefined;
  });
}

function lastWeight({ convolutions }: Slice, k: number, weights: ReadonlyMap<string, Tensor>) {
  return weights.get(`net.slice${k + 1}.${convolutions.at(-1)?.index}.weight`);
}

/**
 * The features of a picture, one a slice: [N, C_k, H_k, W_k] after the ReLU.
 * Parameters: `slice<k>.<index>.weight` and `.bias`.
 */
export function backboneFeatures(
  scope: Scope,
  x: Value,
  { slices, pool }: Backbone,
  widths: readonly number[],
): Value[] {
  const features: Value[] = [];
  let current = x;
  for (const [k, { pooled, convolutions }] of slices.entries()) {
    const own = scope.child(`slice${k + 1}`);
    if (pooled) current = maxPool(scope, current, pool);
    for (const { index, ...window } of convolutions) {
      const filters = widths[k] as number;
      current = relu(scope, convolution(own.child(index), current, { filters, ...window }));
    }
    features.push(current);
  }
  return features;
}

function maxPool({ graph }: Scope, x: Value, size: number): Value {
  return graph.MaxPool(x, { kernel_shape: [size, size], strides: [2, 2] })[0];
}
