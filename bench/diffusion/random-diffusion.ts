import { Random } from '../../src/core/random.ts';
import { initializeNetwork } from '../../src/nn/initialize.ts';
import { domainClassifier } from '../../src/nn/networks/adm/classifier.ts';
import { admUnet } from '../../src/nn/networks/adm/unet.ts';
import type { Scope } from '../../src/nn/scope.ts';
import { describeNetwork } from '../../src/nn/sources.ts';
import type { Value } from '../../src/onnx/ir.ts';
import { serialize } from '../../src/onnx/serialize.ts';
import { guidedStepGraph, type TimedNetwork } from '../../src/training/export/guided-step-graph.ts';

export interface DiffusionSize {
  /** Side of the pictures in pixels. */
  readonly side: number;
  /** Channels of the U-Nets at full size. */
  readonly channels: number;
}

/** The guided step of EGSDE, of small U-Nets of ADM with drawn weights: what it costs does not hang on them. */
export function randomGuidedStep({ side, channels }: DiffusionSize): Uint8Array {
  const shape = {
    channels,
    multipliers: [1, 2, 2],
    attentionRates: [4],
    heads: { channels: 32 },
  } as const;
  const score = admUnet(shape);
  const classifier = domainClassifier({ ...shape, resolution: side });
  const model = {
    score: drawn('score', side, score.forward),
    classifier: drawn('classifier', side, classifier.features),
    size: { height: side, width: side },
  };
  return serialize(guidedStepGraph(model, { lowPassFactor: side / 8 }));
}

function drawn(
  name: string,
  side: number,
  forward: (scope: Scope, pictures: Value, times: Value) => Value,
): TimedNetwork {
  const state = describeNetwork((scope) =>
    forward(
      scope,
      scope.graph.input('x', 'float32', [1, 3, side, side]),
      scope.graph.input('t', 'float32', [1]),
    ),
  );
  return { weights: initializeNetwork(state, { type: 'torch-default' }, Random.of(1, name)), forward };
}
