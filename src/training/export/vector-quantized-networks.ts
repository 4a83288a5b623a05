import type { CodeSize } from '../../core/code-map/code-map.ts';
import type { Conditioning } from '../../core/code-map/coordinates.ts';
import type { Manifest } from '../../core/manifest.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { CodeTransformer } from '../../nn/networks/code-transformer/code-transformer.ts';
import { codeStepGraph } from '../../nn/networks/code-transformer/step-graph.ts';
import type { Domain } from '../../nn/networks/domain.ts';
import type { VqAutoencoder } from '../../nn/networks/vq-i2i/autoencoder.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork, parameterCount } from '../../nn/sources.ts';
import { multiplyDims, symbol } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { otherDomain } from '../methods/domains.ts';
import { type PackagedNetwork, packagedGraph, packagedPart } from './packaged-network.ts';
import { byteShape, fromBytes, toBytes } from './picture-bytes.ts';
import type { StyleDistribution } from './style-distribution.ts';

/** VQ-I2I's second stage with its weights (keys without `transformer.`). */
export interface PriorModel {
  readonly transformer: CodeTransformer;
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Codes that it sees at once. */
  readonly window: CodeSize;
  readonly conditioning: Conditioning;
}

/** VQ-I2I with its weights, as it is packaged. */
export interface VectorQuantizedModel {
  readonly autoencoder: VqAutoencoder;
  /** The first stage's, by the published keys; others are passed over. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Channels of the pictures: one (grey), two (red and green) or three. Default: 3. */
  readonly channels?: number;
  /** Which domain is the package's source; the other is its target. */
  readonly source: Domain;
  /** How the styles of a domain's pictures are distributed, where that is known. */
  readonly styles: Readonly<Partial<Record<Domain, StyleDistribution>>>;
  readonly prior?: PriorModel;
}

/** What a domain is in a package: keys of its networks end in this. */
export type Side = 'source' | 'target';

/** Keys of the networks in a package. */
export const networkKeys = {
  contentEncoder: 'content-encoder',
  styleEncoder: (side: Side) => `style-encoder-${side}`,
  decoder: (side: Side) => `decoder-${side}`,
  prior: 'prior',
} as const;

/** What a manifest says of the model. */
export function vectorQuantizedDescription(model: VectorQuantizedModel): Manifest['translator'] {
  const { codebookSize, sizeMultiple, styleCodeSize } = model.autoencoder;
  const painted = (side: Side) => {
    const styles = model.styles[domainOf(model, side)];
    const networks = { styleEncoder: networkKeys.styleEncoder(side), decoder: networkKeys.decoder(side) };
    return { ...networks, ...(styles && { styles }) };
  };
  const { prior } = model;
  return {
    kind: 'vector-quantized',
    contentEncoder: networkKeys.contentEncoder,
    codebookSize,
    pixelsPerCode: sizeMultiple,
    styleCodeSize,
    source: painted('source'),
    target: painted('target'),
    ...(prior && {
      prior: { network: networkKeys.prior, window: { ...prior.window }, conditioning: prior.conditioning },
    }),
  };
}

/**
 * The networks as they go into a package, each a file. Pictures are bytes; between the networks go `codes`, int64
 * [N, h, w], and `styles`, float32 [N, k, styleCodeSize]: as many as the strips that the picture is painted in. Maps and
 * strips are at least two codes wide and high, as the style blocks pad them by reflection.
 */
export function vectorQuantizedNetworks(
  model: VectorQuantizedModel,
): Readonly<Record<string, PackagedNetwork>> {
  const { prior } = model;
  return {
    ...paintingNetworks(model, (scope, planes) => toBytes(scope.graph, planes)),
    ...(prior && { [networkKeys.prior]: priorNetwork(prior) }),
  };
}

/** Those of the first stage, but pictures are the decoders' own: float32 [N, C, H, W], which tells whether they are finite. */
export function floatPictureNetworks(model: VectorQuantizedModel): Readonly<Record<string, PackagedNetwork>> {
  return paintingNetworks(model, (_, planes) => planes);
}

function paintingNetworks(
  model: VectorQuantizedModel,
  finish: (scope: Scope, planes: Value) => Value,
): Readonly<Record<string, PackagedNetwork>> {
  const { autoencoder } = model;
  const content = pictureEncoder(model, 'codes', (scope, pictures) => {
    return autoencoder.quantize(scope, autoencoder.features(scope, pictures)).indices;
  });
  const ofSide = (side: Side) => {
    const domain = domainOf(model, side);
    const style = pictureEncoder(model, 'style', (scope, x) => autoencoder.style(scope, domain, x));
    return {
      [networkKeys.styleEncoder(side)]: style,
      [networkKeys.decoder(side)]: decoder(model, domain, finish),
    };
  };
  return {
    [networkKeys.contentEncoder]: content,
    ...ofSide('source'),
    ...ofSide('target'),
  };
}

/** The domain that is on a side of the package. */
export function domainOf({ source }: Pick<VectorQuantizedModel, 'source'>, side: Side): Domain {
  return side === 'source' ? source : otherDomain(source);
}

function pictureEncoder(
  { autoencoder, weights, channels }: VectorQuantizedModel,
  output: 'codes' | 'style',
  encode: (scope: Scope, pictures: Value) => Value,
): PackagedNetwork {
  const inputs = { picture: { dtype: 'uint8', shape: byteShape(autoencoder.sizeMultiple) } } as const;
  return packagedPart(`${output} encoder`, weights, inputs, (scope, picture) =>
    scope.graph.named(output, encode(scope, fromBytes(scope.graph, picture as Value, channels))),
  );
}

function decoder(
  { autoencoder, weights }: VectorQuantizedModel,
  domain: Domain,
  finish: (scope: Scope, planes: Value) => Value,
): PackagedNetwork {
  const strips = symbol('k');
  const inputs = {
    codes: {
      dtype: 'int64',
      shape: [symbol('N'), symbol('h'), multiplyDims(strips, symbol('s'))],
    },
    styles: { dtype: 'float32', shape: [symbol('N'), strips, autoencoder.styleCodeSize] },
  } as const;
  return packagedPart('decoder', weights, inputs, (scope, ...given) => {
    const [codes, styles] = given as [Value, Value];
    const maps = autoencoder.begin(scope, domain, autoencoder.entries(scope, codes));
    const styled = inStrips(scope, maps, styles, (strip, style) =>
      autoencoder.stylize(scope, domain, strip, autoencoder.modulation(scope, domain, style)),
    );
    return scope.graph.named('picture', finish(scope, autoencoder.finish(scope, domain, styled)));
  });
}

/**
 * Transitional stylisation (Chen et al. 2022, section 3.3): maps [N, C, h, k s] are cut into k strips, each is styled by
 * itself, and they are joined again.
 * @param styles [N, k, styleCodeSize], from left to right
 * @param stylize strips [N k, C, h, s] and styles [N k, styleCodeSize] -> strips of the same shape
 */
function inStrips(
  { graph }: Scope,
  maps: Value,
  styles: Value,
  stylize: (strips: Value, styles: Value) => Value,
): Value {
  const each = graph.Reshape(styles, [-1, styles.shape[2] as number]);
  const sizeOf = (x: Value) => graph.Gather(graph.Shape(x), graph.integers([0]), 0);
  // With columns behind the samples a strip is a part of the rows of memory, so that cutting is only another shape.
  const byColumns = (x: Value) => graph.Transpose(x, [0, 3, 2, 1]);
  const regrouped = (x: Value, groups: Value) =>
    byColumns(graph.Reshape(byColumns(x), graph.Concat([sizeOf(groups), graph.integers([-1, 0, 0])], 0)));
  return regrouped(stylize(regrouped(maps, each), each), styles);
}

/** The prior by itself. */
export function priorNetwork({ transformer, weights }: PriorModel): PackagedNetwork {
  const state = describeNetwork((scope) =>
    transformer.forward(scope, scope.graph.input('tokens', 'int64', [1, 1])),
  );
  return packagedGraph(optimize(codeStepGraph(transformer, weights)), parameterCount(state));
}
