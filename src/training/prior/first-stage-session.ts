import { type NetworkInput, networkGraph } from '../../nn/network-graph.ts';
import type { VqAutoencoder } from '../../nn/networks/vq-i2i/autoencoder.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import type { FirstStage } from '../config/prior.ts';
import { autoencoderOf } from '../methods/vq-i2i/networks.ts';
import type { StateDict } from '../pytorch/index.ts';

/** The first stage as it was trained. */
export interface TrainedFirstStage {
  readonly stage: FirstStage;
  readonly weights: StateDict;
}

/**
 * A part of the first stage's autoencoder, open.
 * @param build applies it to the inputs, in their order; its outputs have the names that it gives
 */
export function firstStageSession(
  { stage, weights }: TrainedFirstStage,
  inputs: Readonly<Record<string, NetworkInput>>,
  build: (autoencoder: VqAutoencoder, scope: Scope, ...inputs: Value[]) => Readonly<Record<string, Value>>,
  session: SessionOptions,
): Promise<Session> {
  const { options, cropSize } = stage;
  const autoencoder = autoencoderOf(options, [1, 3, cropSize, cropSize]);
  const graph = networkGraph('first stage', weights, inputs, (scope, ...values) =>
    Object.entries(build(autoencoder, scope, ...values)).map(([name, value]) =>
      scope.graph.named(name, value),
    ),
  );
  return Session.create(serialize(optimize(graph)), session);
}
