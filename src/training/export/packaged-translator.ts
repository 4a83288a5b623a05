import type { Manifest } from '../../core/manifest.ts';
import { parameterCount } from '../../nn/sources.ts';
import { type Method, networkOf, networksOf, type Translator } from '../methods/method.ts';
import type { StateDict } from '../pytorch/index.ts';
import { exemplarGuidedDescription, exemplarGuidedNetworks } from './exemplar-guided-networks.ts';
import { inferenceGraph } from './inference-graph.ts';
import { type PackagedNetwork, packagedGraph } from './packaged-network.ts';

/** Key of the network of a feed-forward translator in its package. */
export const networkRole = 'generator';

/** What a manifest says of a translator. */
export function translatorDescription(translator: Translator): Manifest['translator'] {
  if (translator.kind === 'feed-forward') return { kind: 'feed-forward', network: networkRole };
  return exemplarGuidedDescription(translator.attributeCodeSize);
}

/**
 * The networks of a translator as they go into a package, by their keys.
 * @param weightsOf the state dict of one of the method's networks
 */
export function packagedNetworks(
  method: Method,
  translator: Translator,
  weightsOf: (network: string) => StateDict,
): Readonly<Record<string, PackagedNetwork>> {
  if (translator.kind === 'feed-forward') {
    const { network } = translator;
    const graph = inferenceGraph({ ...translator, name: network, weights: weightsOf(network) });
    return { [networkRole]: packagedGraph(graph, parameterCount(networkOf(method, network).state)) };
  }
  const { contentEncoder, attributeEncoder, generator, attributeCodeSize, sizeMultiple } = translator;
  const weighted = <T extends { readonly network: string }>(part: T) => ({
    ...part,
    weights: weightsOf(part.network),
  });
  return exemplarGuidedNetworks({
    contentEncoder: weighted(contentEncoder),
    attributeEncoder: weighted(attributeEncoder),
    generator: weighted(generator),
    attributeCodeSize,
    sizeMultiple,
  });
}

/** The weights of all networks of a translator in one state dict; those of several stand behind the network's name. */
export function translatorWeights(
  translator: Translator,
  weightsOf: (network: string) => StateDict,
): StateDict {
  const [only, ...others] = networksOf(translator);
  if (only !== undefined && others.length === 0) return weightsOf(only);
  return new Map(
    networksOf(translator).flatMap((network) =>
      [...weightsOf(network)].map(([key, tensor]) => [`${network}.${key}`, tensor] as const),
    ),
  );
}
