import type { Value } from '../../../onnx/ir.ts';
import type { Scope } from '../../scope.ts';
import { blockA, blockB, blockC, blockD, blockE } from './blocks.ts';
import { averageAround, chain, halve, maximumAround, type Step, step } from './steps.ts';

const valid = { padded: false };

/** A block under its name in the state_dict. */
function named(name: string, block: Step): Step {
  return (scope, x) => block(scope.child(name), x);
}

const layers: Step = chain(
  step('Conv2d_1a_3x3', 32, [3, 3], { stride: 2, padded: false }),
  step('Conv2d_2a_3x3', 32, [3, 3], valid),
  step('Conv2d_2b_3x3', 64, [3, 3]),
  halve,
  step('Conv2d_3b_1x1', 80, [1, 1]),
  step('Conv2d_4a_3x3', 192, [3, 3], valid),
  halve,
  named('Mixed_5b', blockA(32)),
  named('Mixed_5c', blockA(64)),
  named('Mixed_5d', blockA(64)),
  named('Mixed_6a', blockB),
  named('Mixed_6b', blockC(128)),
  named('Mixed_6c', blockC(160)),
  named('Mixed_6d', blockC(160)),
  named('Mixed_6e', blockC(192)),
  named('Mixed_7a', blockD),
  named('Mixed_7b', blockE(averageAround)),
  named('Mixed_7c', blockE(maximumAround)),
);

/** Length of a feature vector. */
export const inceptionDimension = 2048;
/** Width and height of the pictures that the figures in papers are measured at. */
export const inceptionSize = 299;

/**
 * The Inception v3 of the Frechet Inception Distance (Heusel et al. 2017), as pytorch-fid has it: the network of
 * TensorFlow's `inception-2015-12-05`, which averages without the padding and takes a maximum in its last block.
 * x: [N, 3, H, W] in 0..255, RGB; H and W are 299 for figures, 75 or more -> [N, 2048], the layer called `pool_3`.
 */
export function inceptionV3(scope: Scope, x: Value): Value {
  const { graph } = scope;
  const centred = graph.Sub(graph.Mul(graph.Div(x, 255), 2), 1);
  return graph.Reshape(graph.GlobalAveragePool(layers(scope, centred)), [-1, inceptionDimension]);
}
