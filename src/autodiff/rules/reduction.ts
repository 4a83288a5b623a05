import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { type GradientContext, inputOf, notDifferentiable, outputOf, rule } from './rule.ts';
import { elementsAlong, expandLike, fromFront } from './shapes.ts';

/** Reduced axes, counted from the front; all of them when the node names none. */
function axesOf(context: GradientContext): readonly number[] {
  const rank = inputOf(context, 0).shape.length;
  const named = context.node.inputs[1]?.contents as readonly number[] | undefined;
  return named?.map((axis) => fromFront(axis, rank)) ?? Array.from({ length: rank }, (_, axis) => axis);
}

/** Puts the reduced axes back, with size 1. */
function withAxes(context: GradientContext, reduced: Value): Value {
  const axes = axesOf(context);
  return context.node.attributes.keepdims === 0 && axes.length > 0
    ? context.g.Unsqueeze(reduced, axes)
    : reduced;
}

/** The gradient is shared evenly among the elements that attain the extremum. */
const extremum = rule((context, gy) => {
  const { g } = context;
  const x = inputOf(context, 0);
  const attained = g.Cast(g.Equal(x, withAxes(context, outputOf(context))), x.dtype);
  const ties = g.ReduceSum(attained, axesOf(context));
  return [g.Mul(attained, g.Div(withAxes(context, gy), ties))];
});

function mean(g: GraphBuilder, context: GradientContext, gy: Value): Value {
  const x = inputOf(context, 0);
  return expandLike(g, g.Div(withAxes(context, gy), elementsAlong(g, x, axesOf(context))), x);
}

export const reductionRules = {
  ReduceSum: rule((context, gy) => [expandLike(context.g, withAxes(context, gy), inputOf(context, 0))]),
  ReduceMean: rule((context, gy) => [mean(context.g, context, gy)]),
  ReduceMax: extremum,
  ReduceMin: extremum,
  ArgMax: notDifferentiable,
  ArgMin: notDifferentiable,
  // The transposed sum runs the other way.
  CumSum: rule(({ g, node }, gy) => {
    const { exclusive = 0, reverse = 0 } = node.attributes as { exclusive?: number; reverse?: number };
    return g.append('CumSum', [gy, node.inputs[1]], { exclusive, reverse: 1 - reverse });
  }),
  TopK: notDifferentiable,
} as const;
