import { type GradientRules, gradientRules } from '../autodiff/rules/index.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import type { OperatorName } from '../onnx/operators/index.ts';

/**
 * A fault of PyTorch, imitated so that gradients saved by it can be compared. Nothing but the oracle runner uses this;
 * our own gradient is the true one, which finite differences in float64 confirm.
 *
 * On the CPU, with one picture in the batch, the backward pass of `instance_norm` reads the memory of its incoming
 * gradient as if it lay in NCHW order whatever its strides are. Seen in 1.13.0 and 2.15.0; `batch_norm`, larger batches
 * and contiguous gradients are right:
 *
 *   x = torch.randn(1, 16, 8, 8, requires_grad=True); y = F.instance_norm(x); gy = torch.randn_like(y)
 *   a, = torch.autograd.grad(y, x, gy, retain_graph=True)
 *   b, = torch.autograd.grad(y, x, gy.contiguous(memory_format=torch.channels_last))      # a - b is not 0
 *
 * Gradients in channels-last order come out of the patch sampler, which begins with
 * `feature.permute(0, 2, 3, 1).flatten(1, 2)`. They keep their order through the mirroring of features, through sums
 * of gradients in which they arrive first, and so along the skips of the residual blocks. Convolutions, paddings and
 * the in-place ReLU behind a norm hand on contiguous ones. What is met in channels-last order are therefore the second
 * norms of all residual blocks up to the last feature layer, and a norm that itself is the last feature layer.
 */
export const torchCpuRules: GradientRules = {
  ...gradientRules,
  InstanceNormalization(context) {
    const [gradient] = context.cotangents as [Value];
    if (!isChannelsLast(gradient)) return gradientRules.InstanceNormalization(context);
    const misread = asIfContiguous(context.g, gradient);
    return gradientRules.InstanceNormalization({ ...context, cotangents: [misread] });
  },
};

/** The bytes of [N, H, W, C] read as [N, C, H, W]. Picture by picture, for several that PyTorch would have had singly. */
function asIfContiguous(g: GraphBuilder, gradient: Value): Value {
  return g.Reshape(g.Transpose(gradient, [0, 2, 3, 1]), gradient.shape as readonly number[]);
}

/** Operators whose result PyTorch lays out like their first operand that has an order of its own. */
const orderKeeping: ReadonlySet<OperatorName> = new Set(['Add', 'Concat', 'Where', 'Slice', 'Identity']);

/** Whether PyTorch would hold this gradient of a feature map in channels-last order: found by where it comes from. */
function isChannelsLast(gradient: Value): boolean {
  const node = gradient.producer;
  if (node === undefined) return false;
  if (node.operator === 'Reshape') return isFromPatchSampler(node.inputs[0], gradient);
  if (!orderKeeping.has(node.operator)) return false;
  // A sum is laid out like the part that arrived first; the others join parts with zeros, or select among them.
  const decisive = node.operator === 'Add' ? node.inputs.slice(0, 1) : node.inputs;
  return decisive.some((input) => input !== undefined && isChannelsLast(input));
}

/** The gradient of the patch sampler's flattening: [N, C, H W] to [N, C, H, W]. */
function isFromPatchSampler(flat: Value | undefined, map: Value): boolean {
  return flat?.shape.length === 3 && map.shape.length === 4;
}
