import type { InitializationPolicy } from '../../../nn/initialize.ts';
import type { DropoutMask } from '../../../nn/layers/dropout.ts';
import { type DomainClassifier, domainClassifier } from '../../../nn/networks/adm/classifier.ts';
import type { AdmOptions } from '../../../nn/networks/adm/layout.ts';
import { type AdmUnet, admUnet } from '../../../nn/networks/adm/unet.ts';
import { type DdpmUnet, ddpmUnet } from '../../../nn/networks/ddpm/unet.ts';
import type { ParameterSpec } from '../../../nn/parameters.ts';
import type { Scope } from '../../../nn/scope.ts';
import { describeNetwork, type NetworkState } from '../../../nn/sources.ts';
import type { Value } from '../../../onnx/ir.ts';
import type { ClassifierConfig, ScoreConfig } from '../../config/egsde.ts';
import type { BatchShape } from '../networks.ts';

/** Name of the network in a run of its part. */
export const scoreName = 'score';
export const classifierName = 'classifier';

/** The score network that the options describe, for pictures of the batch's size. */
export function scoreNetworkOf(
  { network, learnedVariance }: ScoreConfig['options'],
  [, channels, , side]: BatchShape,
  dropoutMask?: DropoutMask,
): Pick<AdmUnet | DdpmUnet, 'sizeMultiple'> & Pick<DdpmUnet, 'forward'> {
  const outputChannels = learnedVariance ? 2 * channels : channels;
  if (network.kind === 'adm') return admUnet({ ...admOptions(network, side, dropoutMask), outputChannels });
  return ddpmUnet({
    ...network,
    channels: network.filters,
    resolution: side,
    outputChannels,
    ...(dropoutMask && { dropoutMask }),
  });
}

/** The classifier that the options describe, for pictures of the batch's size. */
export function classifierOf(
  { network }: ClassifierConfig['options'],
  [, , , side]: BatchShape,
  dropoutMask?: DropoutMask,
): DomainClassifier {
  return domainClassifier({
    ...admOptions(network, side, dropoutMask),
    resolution: side,
    pool: network.pool,
    poolHeadChannels: network.headChannels,
  });
}

type AdmNetwork = Pick<
  ScoreConfig['options']['network'],
  'filters' | 'multipliers' | 'residualBlocks' | 'attentionResolutions' | 'headChannels'
>;

function admOptions(network: AdmNetwork, side: number, dropoutMask: DropoutMask | undefined): AdmOptions {
  return {
    channels: network.filters,
    multipliers: network.multipliers,
    residualBlocks: network.residualBlocks,
    attentionRates: network.attentionResolutions.map((resolution) => Math.floor(side / resolution)),
    heads: { channels: network.headChannels },
    ...(dropoutMask && { dropoutMask }),
  };
}

/** The state of a network of noised pictures and their times. */
export function timedState(
  batch: BatchShape,
  apply: (scope: Scope, noisy: Value, times: Value) => unknown,
): NetworkState {
  return describeNetwork((scope) =>
    apply(
      scope,
      scope.graph.input('noisy', 'float32', batch),
      scope.graph.input('times', 'float32', [batch[0]]),
    ),
  );
}

/** Layers of ADM that begin at zero: the last of each block, and those that give noise, or logits by the mean. */
const zeroAtFirst = /(out_layers\.3|\d+\.proj_out|^out\.2|^I2Iout\.3)\.(weight|bias)$/;

/** Published: what ends a branch of ADM begins at zero, places of the pooling as N(0, 1 / C), all else as torch has it. */
export function admInitialization({ name, shape }: ParameterSpec): InitializationPolicy {
  if (zeroAtFirst.test(name)) return { type: 'zeros' };
  if (!name.endsWith('positional_embedding')) return { type: 'torch-default' };
  return { type: 'normal', gain: (shape[0] as number) ** -0.5 };
}
