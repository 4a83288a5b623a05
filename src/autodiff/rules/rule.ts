import type { GraphBuilder } from '../../onnx/builder.ts';
import { GraphError } from '../../onnx/errors.ts';
import type { Node, Value } from '../../onnx/ir.ts';

/** One node on the way back. */
export interface GradientContext {
  readonly g: GraphBuilder;
  readonly node: Node;
  /** d loss / d output, for each output; undefined where nothing depends on it. */
  readonly cotangents: readonly (Value | undefined)[];
  /** Which inputs need a gradient; a rule may skip the others. */
  readonly wanted: readonly boolean[];
}

/** From the cotangents of a node's outputs to those of its inputs (undefined: zero, or not wanted). */
export type GradientRule = (context: GradientContext) => readonly (Value | undefined)[];

/** The input at `index`, which the operator's arity guarantees. */
export function inputOf({ node }: GradientContext, index: number): Value {
  return node.inputs[index] as Value;
}

export function outputOf({ node }: GradientContext, index = 0): Value {
  return node.outputs[index] as Value;
}

/** Rule of an operator with one differentiable output, which therefore has a cotangent. */
export function rule(
  derive: (context: GradientContext, gy: Value) => readonly (Value | undefined)[],
): GradientRule {
  return (context) => derive(context, context.cotangents[0] as Value);
}

/** Piecewise constant: the derivative is zero wherever it exists. */
export const zeroGradient: GradientRule = () => [];

export const notDifferentiable: GradientRule = ({ node }) => {
  throw new GraphError(
    `${node.operator} ${node.name} is not differentiable; put StopGradient before it, or a straight-through estimator around it`,
  );
};
