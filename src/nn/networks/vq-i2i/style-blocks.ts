import { InvalidArgumentError } from '../../../core/errors.ts';
import { shapeText } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { relu } from '../../layers/activation.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { adaptiveInstanceNorm, type Modulation } from './adaptive-instance-norm.ts';

const blocks = 4;
const normsOfBlock = 2;

/** How many numbers say how maps of so many channels are styled: shift and scale of each channel at each norm. */
export function modulationSize(channels: number): number {
  return 2 * channels * blocks * normsOfBlock;
}

/**
 * The residual blocks through which a style enters a decoder (MUNIT's, Huang et al. 2018, appendix B.1):
 * x [N, C, h, w] -> the same shape. Parameters: model.<block>.model.<0 or 1>.*.
 * @param modulation [N, modulationSize(C)]: norm after norm, first the shifts of its channels, then their scales
 */
export function styleBlocks(scope: Scope, x: Value, modulation: Value): Value {
  const norms = modulationsOf(scope, channelsOf(x), modulation);
  return Array.from({ length: blocks }, (_, index) => index).reduce((features, index) => {
    const [first, second] = norms.slice(normsOfBlock * index) as [Modulation, Modulation];
    const own = scope.child('model').child(index).child('model');
    const inner = relu(scope, styledConvolution(own.child(0), features, first));
    return scope.graph.Add(styledConvolution(own.child(1), inner, second), features);
  }, x);
}

function styledConvolution(scope: Scope, x: Value, modulation: Modulation): Value {
  const options = { filters: channelsOf(x), kernel: 3, padding: 1, paddingMode: 'reflect' } as const;
  const convolved = convolution(scope.child('conv'), x, options);
  return adaptiveInstanceNorm(scope.child('norm'), convolved, modulation);
}

function modulationsOf(scope: Scope, channels: number, modulation: Value): Modulation[] {
  const size = modulationSize(channels);
  if (modulation.shape[1] !== size) {
    throw new InvalidArgumentError(
      `maps of ${channels} channels are styled by ${size} numbers a picture, got ${shapeText(modulation.shape)}`,
    );
  }
  const count = blocks * normsOfBlock;
  const parts = scope.graph.Split(modulation, new Array<number>(2 * count).fill(channels), 1);
  return Array.from({ length: count }, (_, norm) => ({
    bias: parts[2 * norm] as Value,
    weight: parts[2 * norm + 1] as Value,
  }));
}
