import type { Tensor } from '../../core/tensor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import { type Lpips, lpips } from '../../nn/networks/lpips.ts';
import { type BackboneName, backbones, widthsIn } from '../../nn/networks/lpips-backbones.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { symbol } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import type { StateDict } from '../pytorch/index.ts';
import { type ExtractorContent, ExtractorImportError, untouched } from './extractor-content.ts';
import { fitNetwork } from './fit-network.ts';

/** The classifier behind torchvision's `features`, and the second names that LPIPS gives its linear layers. */
const unused = /^classifier\.|^lins\./;

/**
 * LPIPS from its files: torchvision's classifier and LPIPS's own linear layers, or one file that holds both.
 * Channels may be others than the published ones.
 * @throws ExtractorImportError when a key is missing or left over
 */
export function lpipsExtractor(backbone: BackboneName, files: readonly StateDict[]): ExtractorContent {
  const weights = joined(files.map((file) => underLpipsNames(backbone, file)));
  const network = lpips({ backbone, widths: widthsIn(backbone, weights) });
  const state = describeNetwork((scope) =>
    network.forward(
      scope,
      scope.graph.input('x', 'float32', [1, 3, 64, 64]),
      scope.graph.input('y', 'float32', [1, 3, 64, 64]),
    ),
  );
  const name = `LPIPS 0.1 on ${backbone}`;
  const fitting = fitNetwork(name, state, weights, unused);
  return {
    model: serialize(optimize(distanceGraph(network, fitting))),
    description: {
      kind: 'lpips',
      network: name,
      picture: { range: [-1, 1], ...untouched, minimumSize: backbones[backbone].minimumSize },
      onnx: { inputs: ['x', 'y'], output: 'distance' },
    },
  };
}

/** x, y: [N, 3, H, W] -> [N]. */
function distanceGraph(network: Lpips, weights: StateDict) {
  const shape = [symbol('N'), 3, symbol('H'), symbol('W')];
  const picture = { dtype: 'float32', shape } as const;
  return networkGraph('lpips', weights, { x: picture, y: picture }, (scope: Scope, ...[x, y]) => {
    const distances = network.forward(scope, x as Value, y as Value);
    return scope.graph.named('distance', scope.graph.Reshape(distances, [-1]));
  });
}

/** torchvision's `features.<index>` is LPIPS's `net.slice<k>.<index>`; an index of neither is left as it is. */
function underLpipsNames(backbone: BackboneName, file: StateDict): StateDict {
  const slices = backbones[backbone].slices.flatMap(({ convolutions }, k) =>
    convolutions.map(({ index }) => [String(index), k + 1] as const),
  );
  const sliceOf = new Map(slices);
  const renamed = (key: string): string => {
    const [, index = '', rest] = /^features\.(\d+)\.(.+)$/.exec(key) ?? [];
    const slice = sliceOf.get(index);
    return slice === undefined ? key : `net.slice${slice}.${index}.${rest}`;
  };
  return new Map([...file].map(([key, tensor]) => [renamed(key), tensor]));
}

function joined(files: readonly StateDict[]): StateDict {
  const all = new Map<string, Tensor>();
  for (const [key, tensor] of files.flatMap((file) => [...file])) {
    if (all.has(key)) throw new ExtractorImportError(`both files hold the tensor ${key}`);
    all.set(key, tensor);
  }
  return all;
}
