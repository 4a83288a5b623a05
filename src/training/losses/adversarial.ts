import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** The GAN objectives of the reference code (GANLoss), by their published names. */
export const adversarialObjectives = ['lsgan', 'vanilla', 'hinge', 'wgangp', 'nonsaturating'] as const;
export type AdversarialObjective = (typeof adversarialObjectives)[number];

type Objective = (g: GraphBuilder, prediction: Value, real: boolean) => Value;

const objectives: Readonly<Record<AdversarialObjective, Objective>> = {
  /** Least squares (Mao et al. 2017): (D - 1)^2 or D^2. */
  lsgan: (g, prediction, real) => {
    const distance = real ? g.Sub(prediction, 1) : prediction;
    return mean(g, g.Mul(distance, distance));
  },
  /** Binary cross entropy on logits (Goodfellow et al. 2014): softplus(-D) or softplus(D). */
  vanilla: (g, prediction, real) => mean(g, g.Softplus(real ? g.Neg(prediction) : prediction)),
  /** max(0, 1 - D) or max(0, 1 + D); the reference generator uses the first form too, not -D. */
  hinge: (g, prediction, real) => mean(g, g.Relu(real ? g.Sub(1, prediction) : g.Add(1, prediction))),
  /** Wasserstein critic (Gulrajani et al. 2017): -D or D; its gradient penalty is a term of its own. */
  wgangp: (g, prediction, real) => mean(g, real ? g.Neg(prediction) : prediction),
  /** The same numbers as vanilla, which the reference averages for each picture before the mean over pictures. */
  nonsaturating: (g, prediction, real) =>
    mean(g, perPicture(g, g.Softplus(real ? g.Neg(prediction) : prediction))),
};

/**
 * Adversarial loss of a discriminator's map.
 * @param prediction [N, 1, H, W], before any sigmoid
 * @param real the label that the prediction is held against
 * @returns a scalar
 */
export function adversarialLoss(
  g: GraphBuilder,
  objective: AdversarialObjective,
  prediction: Value,
  real: boolean,
): Value {
  return objectives[objective](g, prediction, real);
}

/** Mean over everything but the batch: [N, ...] to [N]. */
function perPicture(g: GraphBuilder, loss: Value): Value {
  return g.ReduceMean(loss, [...loss.shape.keys()].slice(1), false);
}

function mean(g: GraphBuilder, loss: Value): Value {
  return g.ReduceMean(loss, undefined, false);
}
