import { type GradientRules, gradientRules } from '../autodiff/rules/index.ts';
import type { Value } from '../onnx/ir.ts';
import type { OperatorName } from '../onnx/operators/index.ts';

/**
 * A habit of PyTorch before 1.5, imitated so that weights trained by it can be compared: an optimizer moved weights
 * without the tape's noticing. The second `backward()` through one forward pass, behind a step of the optimizer, then
 * meets the activations of the forward pass, which are copies, and the weights of now, which are not: a convolution
 * hands back the gradient of its input by the new kernel, and that of its kernel by the old input. Newer versions refuse
 * to do so. The result is the gradient of no function; our own is the true one.
 * @param moved weights of the forward pass to what they are now
 */
export function throughMovedWeights(moved: ReadonlyMap<Value, Value>): GradientRules {
  const operators = Object.keys(gradientRules) as OperatorName[];
  const rules = operators.map((operator): [OperatorName, GradientRules[OperatorName]] => [
    operator,
    (context) => {
      const inputs = context.node.inputs.map((input) => input && (moved.get(input) ?? input));
      return gradientRules[operator]({ ...context, node: { ...context.node, inputs } });
    },
  ]);
  return Object.fromEntries(rules) as GradientRules;
}
