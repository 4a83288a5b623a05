import type { Value } from '../../onnx/ir.ts';
import { relu6 } from '../layers/activation.ts';
import { channelsOf } from '../layers/channels.ts';
import { frozenNormConvolution } from '../layers/frozen-norm-convolution.ts';
import type { Padding } from '../layers/padding.ts';
import type { Scope } from '../scope.ts';

/** Length of a feature vector. */
export const efficientNetDimension = 1280;
/** Width and height of the pictures that it was trained on. */
export const efficientNetSize = 224;

const epsilon = 1e-3;

interface Block {
  /** How many times wider it is inside. */
  readonly expansion: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
}

/** `repeats` blocks of which only the first halves the size. */
function stage(repeats: number, { stride, ...block }: Block): Block[] {
  return Array.from({ length: repeats }, (_, index) => ({ ...block, stride: index === 0 ? stride : 1 }));
}

/** Table 1 of Tan and Le (2019), without squeeze and excitation. */
const blocks: readonly Block[] = [
  ...stage(1, { expansion: 1, filters: 16, kernel: 3, stride: 1 }),
  ...stage(2, { expansion: 6, filters: 24, kernel: 3, stride: 2 }),
  ...stage(2, { expansion: 6, filters: 40, kernel: 5, stride: 2 }),
  ...stage(3, { expansion: 6, filters: 80, kernel: 3, stride: 2 }),
  ...stage(3, { expansion: 6, filters: 112, kernel: 5, stride: 1 }),
  ...stage(4, { expansion: 6, filters: 192, kernel: 5, stride: 2 }),
  ...stage(1, { expansion: 6, filters: 320, kernel: 3, stride: 1 }),
];

/**
 * EfficientNet-Lite0 without its classifier, with the keys of the PyTorch port `efficientnet_lite_pytorch`.
 * x: [N, 3, H, W], H and W multiples of 32, as (v - 127) / 128 of bytes v -> [N, 1280].
 */
export function efficientNetLite0(scope: Scope, x: Value): Value {
  const { graph } = scope;
  const stem = relu6(scope, unit(scope, ['_conv_stem', '_bn0'], x, { filters: 32, kernel: 3, stride: 2 }));
  const body = blocks.reduce(
    (value, block, index) => residual(scope.child('_blocks').child(index), value, block),
    stem,
  );
  const head = unit(scope, ['_conv_head', '_bn1'], body, { filters: efficientNetDimension, kernel: 1 });
  return graph.Reshape(graph.GlobalAveragePool(relu6(scope, head)), [-1, efficientNetDimension]);
}

/** The inverted residual of MobileNet v2 (Sandler et al. 2018): widen, convolve each channel by itself, narrow. */
function residual(scope: Scope, x: Value, { expansion, filters, kernel, stride }: Block): Value {
  const width = expansion * channelsOf(x);
  const widened =
    expansion === 1
      ? x
      : relu6(scope, unit(scope, ['_expand_conv', '_bn0'], x, { filters: width, kernel: 1 }));
  const depthwise = { filters: width, kernel, stride, groups: width };
  const convolved = relu6(scope, unit(scope, ['_depthwise_conv', '_bn1'], widened, depthwise));
  const narrowed = unit(scope, ['_project_conv', '_bn2'], convolved, { filters, kernel: 1 });
  return stride === 1 && channelsOf(x) === filters ? scope.graph.Add(narrowed, x) : narrowed;
}

interface UnitOptions {
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** Convolution and batch norm under their two names. */
function unit(
  scope: Scope,
  [convolution, norm]: readonly [string, string],
  x: Value,
  { kernel, stride = 1, ...options }: UnitOptions,
): Value {
  const scopes = { kernel: scope.child(convolution), norm: scope.child(norm) };
  return frozenNormConvolution(scopes, x, {
    ...options,
    kernel: [kernel, kernel],
    stride,
    padding: samePadding(kernel, stride),
    epsilon,
  });
}

/** TensorFlow's padding of an even size: what does not split evenly stands at the bottom and at the right. */
function samePadding(kernel: number, stride: number): Padding {
  const total = kernel - stride;
  const before = Math.max(0, Math.floor(total / 2));
  const after = Math.max(0, total - before);
  return [before, before, after, after];
}
