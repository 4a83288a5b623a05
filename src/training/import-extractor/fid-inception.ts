import { networkGraph } from '../../nn/network-graph.ts';
import { inceptionDimension, inceptionSize, inceptionV3 } from '../../nn/networks/inception/inception-v3.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { symbol } from '../../onnx/dimension.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import type { StateDict } from '../pytorch/index.ts';
import { type ExtractorContent, untouched } from './extractor-content.ts';
import { fitNetwork } from './fit-network.ts';

/** The classifier of 1008 classes behind the features, and counters that only training reads. */
const unused = /^fc\.(?:weight|bias)$|\.num_batches_tracked$/;

const shape = [symbol('N'), 3, inceptionSize, inceptionSize] as const;

/**
 * pytorch-fid's `pt_inception-2015-12-05-6726825d.pth` as an extractor of 2048 features.
 * @throws ExtractorImportError when the weights are others
 */
export function fidInception(weights: StateDict): ExtractorContent {
  const state = describeNetwork((scope) =>
    inceptionV3(scope, scope.graph.input('picture', 'float32', shape)),
  );
  const network = 'Inception v3 of the Frechet Inception Distance';
  const fitting = fitNetwork(network, state, weights, unused);
  const graph = networkGraph(
    'inception-v3',
    fitting,
    { picture: { dtype: 'float32', shape } },
    (scope, picture) => scope.graph.named('features', inceptionV3(scope, picture)),
  );
  return {
    model: serialize(optimize(graph)),
    description: {
      kind: 'features',
      network: `${network} (inception-2015-12-05, pool_3)`,
      picture: {
        range: [0, 255],
        ...untouched,
        size: { width: inceptionSize, height: inceptionSize },
        resize: 'clean',
      },
      onnx: { input: 'picture', output: 'features' },
      dimension: inceptionDimension,
    },
  };
}
