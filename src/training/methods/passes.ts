import type { GraphBuilder } from '../../onnx/builder.ts';
import { sameShape } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * Applies a network to batches, giving what it gives for each.
 *
 * Batches of one shape go through in one pass, whose larger products and fewer small operators cost less than a pass
 * each. A batch norm looks at everything that is in a pass and counts the passes: with one, the batches go one by one,
 * in their order.
 * @param apply batch [N, C, H, W] -> outputs, each with the pictures along its first axis
 */
export function passes(
  g: GraphBuilder,
  normalization: 'instance' | 'batch' | 'none',
  batches: readonly Value[],
  apply: (pictures: Value) => readonly Value[],
): (readonly Value[])[] {
  const [first, ...others] = batches as [Value, ...Value[]];
  const alike = others.every(({ shape }) => sameShape(shape, first.shape));
  if (normalization === 'batch' || others.length === 0 || !alike) return batches.map(apply);
  const sizes = batches.map(({ shape }) => shape[0] as number);
  const outputs = apply(g.Concat(batches, 0)).map((output) => g.Split(output, sizes, 0));
  return batches.map((_, batch) => outputs.map((parts) => parts[batch] as Value));
}
