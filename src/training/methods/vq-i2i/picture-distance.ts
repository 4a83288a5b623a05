import { InvalidArgumentError } from '../../../core/errors.ts';
import { lpips } from '../../../nn/networks/lpips.ts';
import { backboneIn, widthsIn } from '../../../nn/networks/lpips-backbones.ts';
import { Scope } from '../../../nn/scope.ts';
import { constantSource } from '../../../nn/sources.ts';
import type { Value } from '../../../onnx/ir.ts';
import { meanAbsoluteDifference } from '../../losses/mean-absolute-difference.ts';
import type { Writing } from './pass.ts';

/** Name under which a step finds the weights of LPIPS. */
export const perceptualNetwork = 'perceptual';

/** How far pictures [N, C, H, W] are from others of their shape: a scalar. */
export type PictureDistance = (x: Value, y: Value) => Value;

/**
 * The mean absolute difference of pixels, to which the perceptual distance (Zhang et al. 2018) is added where the
 * options name an extractor: the published reconstruction loss of VQGAN and VQ-I2I.
 */
export function pictureDistance({ builder, options }: Writing): PictureDistance {
  const g = builder.graph;
  if (options.perceptual === null) return (x, y) => meanAbsoluteDifference(g, x, y);
  const weights = builder.frozen(perceptualNetwork);
  const backbone = backboneIn(weights);
  if (backbone === undefined) {
    throw new InvalidArgumentError(`${options.perceptual} holds neither VGG-16 nor AlexNet of LPIPS`);
  }
  const network = lpips({ backbone, widths: widthsIn(backbone, weights) });
  const scope = new Scope(g, constantSource(g, weights, `${perceptualNetwork}.`));
  return (x, y) => {
    const perceptual = g.ReduceMean(network.forward(scope, x, y), undefined, false);
    return g.Add(meanAbsoluteDifference(g, x, y), g.Mul(perceptual, options.perceptualWeight));
  };
}
