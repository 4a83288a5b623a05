import type { GraphBuilder } from '../../onnx/builder.ts';
import { sameShape } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * Applies a network to batches, giving what it gives for each. Batches of one shape go through in one pass, whose larger
 * products and fewer small operators cost less than a pass each; those of different shapes go one by one.
 *
 * A batch norm looks at everything that is in a pass and counts the passes: this is then for passes that the published
 * code takes together.
 * @param apply batch [N, C, H, W] -> outputs, each with the pictures along its first axis
 */
export function inOnePass(
  g: GraphBuilder,
  batches: readonly Value[],
  apply: (pictures: Value) => readonly Value[],
): (readonly Value[])[] {
  const [first, ...others] = batches as [Value, ...Value[]];
  const alike = others.every(({ shape }) => sameShape(shape, first.shape));
  if (others.length === 0 || !alike) return batches.map(apply);
  const sizes = batches.map(({ shape }) => shape[0] as number);
  const outputs = apply(g.Concat(batches, 0)).map((output) => g.Split(output, sizes, 0));
  return batches.map((_, batch) => outputs.map((parts) => parts[batch] as Value));
}

/** The same, except that with batch norm the batches go one by one, in their order. */
export function inOnePassUnlessBatchNorm(
  g: GraphBuilder,
  normalization: 'instance' | 'batch' | 'none',
  batches: readonly Value[],
  apply: (pictures: Value) => readonly Value[],
): (readonly Value[])[] {
  return normalization === 'batch' ? batches.map(apply) : inOnePass(g, batches, apply);
}
