import { float32 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, scaleDim, symbol } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';

/** Shape of pictures as bytes: [N, H, W, 3], H and W multiples of `sizeMultiple`. */
export function byteShape(sizeMultiple: number): Dim[] {
  const side = (name: string) => scaleDim(symbol(name), sizeMultiple);
  return [symbol('N'), side('h'), side('w'), 3];
}

/** Bytes to the range that networks are trained on, as ToTensor and Normalize compute it: (v / 255 - 0.5) / 0.5. */
export function fromBytes(g: GraphBuilder, picture: Value, channels = 3): Value {
  const planes = planesOf(g, g.Transpose(g.Cast(picture, 'float32'), [0, 3, 1, 2]), channels);
  return g.Div(g.Sub(g.Div(planes, 255), 0.5), 0.5);
}

/** [N, 3, H, W] in 0..255 to as many channels: the first, or one of the grey that PIL's mode L has. */
function planesOf(g: GraphBuilder, planes: Value, channels: number): Value {
  if (channels === 3) return planes;
  if (channels > 1) return g.Slice(planes, { starts: [0], ends: [channels], axes: [1] });
  // PIL's integer arithmetic; all of it is below 2 ** 24, where float32 is exact.
  const weighted = g.Mul(planes, g.constant(float32([1, 3, 1, 1], [19595, 38470, 7471])));
  return g.Floor(g.Div(g.Add(g.ReduceSum(weighted, [1]), 32768), 65536));
}

/** Back to bytes as the published `tensor2im`: clamped, (v + 1) / 2 * 255, truncated; grey is repeated. */
export function toBytes(g: GraphBuilder, planes: Value): Value {
  return bytesOf(g, inColour(g, scaled(g, planes)));
}

/** The same for three channels, but rounded, as the pictures that torchvision's `save_image` writes. */
export function roundedBytes(g: GraphBuilder, planes: Value): Value {
  return bytesOf(g, g.Add(scaled(g, planes), 0.5));
}

/** [-1, 1] to 0..255; what lies outside is clamped. */
function scaled(g: GraphBuilder, planes: Value): Value {
  return g.Mul(g.Div(g.Add(g.Clip(planes, -1, 1), 1), 2), 255);
}

function bytesOf(g: GraphBuilder, planes: Value): Value {
  return g.Cast(g.Transpose(planes, [0, 2, 3, 1]), 'uint8');
}

/** Three channels in 0..255: one is repeated, two get a third without light. */
function inColour(g: GraphBuilder, planes: Value): Value {
  const channels = planes.shape[1];
  if (channels === 1) return g.Concat([planes, planes, planes], 1);
  return channels === 2 ? g.Pad(planes, [0, 0, 0, 0, 0, 1, 0, 0]) : planes;
}
