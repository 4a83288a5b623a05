import type { Manifest } from '../../core/manifest.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Scope } from '../../nn/scope.ts';
import { symbol } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';
import { type PackagedNetwork, packagedPart } from './packaged-network.ts';
import { byteShape, fromBytes, toBytes } from './picture-bytes.ts';

interface Weighted {
  readonly weights: ReadonlyMap<string, Tensor>;
}

interface PictureEncoder extends Weighted {
  /** Pictures [N, C, H, W] in [-1, 1] to content, or to codes. */
  forward(scope: Scope, pictures: Value): Value;
  /** C: one (grey), two (red and green) or three. Default: 3. */
  readonly inputChannels?: number;
}

/** The three networks of an exemplar-guided translator of one direction, with their weights. */
export interface ExemplarGuidedModel {
  readonly contentEncoder: PictureEncoder;
  readonly attributeEncoder: PictureEncoder;
  readonly generator: Weighted & {
    /** Content and codes [N, attributeCodeSize] to pictures [N, C, H, W] in [-1, 1]. */
    forward(scope: Scope, content: Value, attribute: Value): Value;
  };
  readonly attributeCodeSize: number;
  /** Height and width of pictures are multiples of this. */
  readonly sizeMultiple: number;
}

/** Keys of the networks in a package. */
const roles = {
  contentEncoder: 'content-encoder',
  attributeEncoder: 'attribute-encoder',
  generator: 'generator',
} as const;

/** The networks by their keys. */
export type ExemplarGuidedNetworks = Readonly<Record<(typeof roles)[keyof typeof roles], PackagedNetwork>>;

/** What a manifest says of them. */
export function exemplarGuidedDescription(attributeCodeSize: number): Manifest['translator'] {
  return { kind: 'exemplar-guided', ...roles, attributeCodeSize };
}

/**
 * The networks as they go into a package, each a file, so that content is encoded once for many codes. Pictures are
 * bytes; between the networks go `content`, float32 [N, C, h, w], and `attribute`, float32 [N, attributeCodeSize].
 */
export function exemplarGuidedNetworks(model: ExemplarGuidedModel): ExemplarGuidedNetworks {
  return networksOf(model, (scope, planes) => toBytes(scope.graph, planes));
}

/** The same, but the translation is the generator's own: float32 [N, C, H, W], which tells whether it is finite. */
export function floatOutputNetworks(model: ExemplarGuidedModel): ExemplarGuidedNetworks {
  return networksOf(model, (_, planes) => planes);
}

function networksOf(
  model: ExemplarGuidedModel,
  finish: (scope: Scope, planes: Value) => Value,
): ExemplarGuidedNetworks {
  const { contentEncoder, attributeEncoder, generator, attributeCodeSize, sizeMultiple } = model;
  const content = encoder('content', contentEncoder, sizeMultiple);
  const attribute = encoder('attribute', attributeEncoder, sizeMultiple);
  const inputs = {
    content: { dtype: 'float32', shape: [symbol('N'), content.channels, symbol('h'), symbol('w')] },
    attribute: { dtype: 'float32', shape: [symbol('N'), attributeCodeSize] },
  } as const;
  return {
    'content-encoder': content.network,
    'attribute-encoder': attribute.network,
    generator: packagedPart('generator', generator.weights, inputs, (scope, ...given) => {
      const planes = generator.forward(scope, ...(given as [Value, Value]));
      return scope.graph.named('translation', finish(scope, planes));
    }),
  };
}

/** @returns also the size of axis 1 of what it gives */
function encoder(output: string, { weights, forward, inputChannels }: PictureEncoder, sizeMultiple: number) {
  const inputs = { picture: { dtype: 'uint8', shape: byteShape(sizeMultiple) } } as const;
  const network = packagedPart(`${output} encoder`, weights, inputs, (scope, picture) =>
    scope.graph.named(output, forward(scope, fromBytes(scope.graph, picture as Value, inputChannels))),
  );
  return { network, channels: Number(network.outputs[0]?.shape[1]) };
}
