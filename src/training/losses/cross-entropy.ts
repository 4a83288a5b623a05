import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * What a class costs by the logits of all: the mean of -log softmax(logits)[target].
 * @param logits [..., classes]
 * @param targets int64, of the shape of the logits but for the classes, each in [0, classes)
 * @returns a scalar, in nats
 */
export function crossEntropy(g: GraphBuilder, logits: Value, targets: Value): Value {
  return g.Neg(g.ReduceMean(logLikelihoods(g, logits, targets), undefined, false));
}

/** log softmax(logits)[target] of each target, [..., 1], in nats. */
export function logLikelihoods(g: GraphBuilder, logits: Value, targets: Value): Value {
  const classes = logits.shape.length - 1;
  const logProbabilities = g.LogSoftmax(logits, classes);
  return g.GatherElements(logProbabilities, g.Unsqueeze(targets, [classes]), classes);
}
