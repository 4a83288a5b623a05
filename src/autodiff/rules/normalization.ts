import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { type GradientContext, type GradientRule, inputOf, outputOf, rule } from './rule.ts';
import { elementsAlong, expandLike, fromFront, sumTo, uniformConstant } from './shapes.ts';

/** y_i = exp(x_i) / sum: gx = y (gy - sum(gy y)). */
const softmax = rule((context, gy) => {
  const { g } = context;
  const y = outputOf(context);
  const weighted = g.ReduceSum(g.Mul(gy, y), [axisOf(context)]);
  return [g.Mul(y, g.Sub(gy, weighted))];
});

/** y = x - log sum exp(x): gx = gy - exp(y) sum(gy). */
const logSoftmax = rule((context, gy) => {
  const { g } = context;
  const total = g.ReduceSum(gy, [axisOf(context)]);
  return [g.Sub(gy, g.Mul(g.Exp(outputOf(context)), total))];
});

/**
 * With n = (x - mean) / deviation over the axes and gn the cotangent of n:
 * gx = (gn - mean(gn) - n mean(gn n)) / deviation (Ioffe and Szegedy 2015, section 3).
 */
function normalizationGradient(
  g: GraphBuilder,
  gn: Value,
  normalized: Value,
  inverseDeviation: Value,
  axes: readonly number[],
): Value {
  const meanGradient = g.ReduceMean(gn, axes);
  const meanProjection = g.ReduceMean(g.Mul(gn, normalized), axes);
  const centred = g.Sub(gn, meanGradient);
  return g.Mul(g.Sub(centred, g.Mul(normalized, meanProjection)), inverseDeviation);
}

/** The fused operator keeps no statistics, so they are computed again here. */
const instanceNormalization = rule((context, gy) => {
  const { g, node, wanted } = context;
  const [x, scale] = [inputOf(context, 0), inputOf(context, 1)];
  const axes = [...x.shape.keys()].slice(2);
  const perChannel = [1, -1, ...axes.map(() => 1)];
  const centred = g.Sub(x, g.ReduceMean(x, axes));
  const variance = g.ReduceMean(g.Mul(centred, centred), axes);
  const epsilon = (node.attributes.epsilon as number | undefined) ?? 1e-5;
  const inverse = g.Reciprocal(g.Sqrt(g.Add(variance, epsilon)));
  const normalized = isUnit(scale, node.inputs[2]) ? outputOf(context) : g.Mul(centred, inverse);
  const channelSum = (value: Value) => g.ReduceSum(value, [0, ...axes], false);
  return [
    wanted[0]
      ? normalizationGradient(g, scaled(g, gy, scale, perChannel), normalized, inverse, axes)
      : undefined,
    wanted[1] ? channelSum(g.Mul(gy, normalized)) : undefined,
    wanted[2] ? channelSum(gy) : undefined,
  ];
});

/** The operator's own mean and inverse deviation (outputs 1 and 2) are used, and may have cotangents themselves. */
const layerNormalization = ((context) => {
  const { g, node, cotangents, wanted } = context;
  const [x, scale] = [inputOf(context, 0), inputOf(context, 1)];
  const [mean, inverse] = [outputOf(context, 1), outputOf(context, 2)];
  const axes = [...x.shape.keys()].slice(axisOf(context));
  const normalized = isUnit(node.inputs[1], node.inputs[2])
    ? outputOf(context)
    : g.Mul(g.Sub(x, mean), inverse);
  const [gy, gMean, gInverse] = cotangents;
  const parts: Value[] = [];
  if (gy) {
    const gn = uniformConstant(scale) === 1 ? gy : g.Mul(gy, scale);
    parts.push(normalizationGradient(g, gn, normalized, inverse, axes));
  }
  if (gMean) parts.push(expandLike(g, g.Div(gMean, elementsAlong(g, x, axes)), x));
  // d inverse / dx = -inverse^2 n / count
  if (gInverse) {
    const factor = g.Div(g.Mul(gInverse, g.Mul(inverse, inverse)), elementsAlong(g, x, axes));
    parts.push(g.Neg(g.Mul(normalized, factor)));
  }
  return [
    wanted[0] && parts.length > 0 ? parts.reduce((sum, part) => g.Add(sum, part)) : undefined,
    wanted[1] && gy ? sumTo(g, g.Mul(gy, normalized), scale) : undefined,
    wanted[2] && gy ? sumTo(g, gy, inputOf(context, 2)) : undefined,
  ];
}) satisfies GradientRule;

export const normalizationRules = {
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
} as const;

function axisOf({ node }: GradientContext): number {
  const axis = (node.attributes.axis as number | undefined) ?? -1;
  return fromFront(axis, (node.inputs[0] as Value).shape.length);
}

/** gy times the per-channel scale, left out where the scale is a constant one. */
function scaled(g: GraphBuilder, gy: Value, scale: Value, perChannel: readonly number[]): Value {
  return uniformConstant(scale) === 1 ? gy : g.Mul(gy, g.Reshape(scale, perChannel));
}

/** True when the operator's output is the normalised value itself. */
function isUnit(scale: Value | undefined, bias: Value | undefined): boolean {
  const unscaled = scale !== undefined && uniformConstant(scale) === 1;
  return unscaled && (bias === undefined || uniformConstant(bias) === 0);
}
