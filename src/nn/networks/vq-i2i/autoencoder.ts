import type { Value } from '../../../onnx/ir.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import type { Domain } from '../domain.ts';
import { contentEncoder } from './content-encoder.ts';
import { type DecoderOptions, decoder } from './decoder.ts';
import { levelsOf } from './levels.ts';
import { styleEncoder } from './style-encoder.ts';
import { stylePerceptron } from './style-perceptron.ts';
import { type Quantized, type VectorQuantizerOptions, vectorQuantizer } from './vector-quantizer.ts';

export interface VqAutoencoderOptions extends DecoderOptions, VectorQuantizerOptions {
  /** Channels after the first convolution of a style encoder. Default 64. */
  readonly styleChannels?: number;
  /** Default 8. */
  readonly styleCodeSize?: number;
  /** Width of the hidden layers between a style code and a decoder. Default 256. */
  readonly perceptronChannels?: number;
}

/**
 * Pictures are [N, C, H, W] in -1..1, both sides multiples of `sizeMultiple`; codes are [N, codeDimension, h, w]. The
 * domain says whose style encoder and decoder are meant; its published labels are 1 for A and 0 for B.
 */
export interface VqAutoencoder {
  /** Pixels along each side of a picture that one code stands for. */
  readonly sizeMultiple: number;
  readonly codebookSize: number;
  readonly styleCodeSize: number;
  /** Numbers that say how a decoder styles a picture. */
  readonly modulationSize: number;
  /** Features of pictures in the space of the codes, before they are quantised. */
  features(scope: Scope, pictures: Value): Value;
  quantize(scope: Scope, features: Value): Quantized;
  /** Codes by their indices: int64 [N, h, w] -> [N, codeDimension, h, w]. */
  entries(scope: Scope, indices: Value): Value;
  /** How often each entry of the codebook is among the indices: [codebookSize]. */
  counts(scope: Scope, indices: Value): Value;
  /** @param pictures of the domain -> style codes [N, styleCodeSize] */
  style(scope: Scope, domain: Domain, pictures: Value): Value;
  /** Style codes of the domain -> [N, modulationSize]. */
  modulation(scope: Scope, domain: Domain, style: Value): Value;
  /** Codes as the domain's decoder is given them, before any style: maps [N, C, h, w]. */
  begin(scope: Scope, domain: Domain, codes: Value): Value;
  /** Maps, or a strip of them, in the style of the modulation: maps of the same shape. */
  stylize(scope: Scope, domain: Domain, maps: Value, modulation: Value): Value;
  /** Styled maps -> pictures of the domain. */
  finish(scope: Scope, domain: Domain, maps: Value): Value;
  /** Codes and style codes -> pictures of the domain. */
  decode(scope: Scope, domain: Domain, codes: Value, style: Value): Value;
}

/**
 * The first stage of VQ-I2I (Chen et al., ECCV 2022, section 3.1): one content encoder and one codebook for both domains,
 * a style encoder and a decoder for each. Parameters as in the published state_dict: encoder.*, quant_conv.*,
 * quantize.embedding.weight, post_quant_conv.*, style_enc_a.*, mlp_a.*, decoder_a.*, and the same for b.
 */
export function vqAutoencoder(options: VqAutoencoderOptions = {}): VqAutoencoder {
  const { codebookSize = 512, codeDimension = 512, perceptronChannels = 256 } = options;
  const { styleChannels = 64, styleCodeSize = 8 } = options;
  const { contentChannels } = levelsOf(options);
  const encoder = contentEncoder(options);
  const quantizer = vectorQuantizer(options);
  const styles = styleEncoder({ channels: styleChannels, styleCodeSize });
  const pictures = decoder(options);
  const { modulationSize } = pictures;
  const perceptron = stylePerceptron({ channels: perceptronChannels, modulationSize });
  const own = (scope: Scope, module: string, domain: Domain) =>
    scope.child(`${module}_${domain.toLowerCase()}`);
  const decoderOf = (scope: Scope, domain: Domain) => own(scope, 'decoder', domain);

  const network: VqAutoencoder = {
    sizeMultiple: 2 ** encoder.halvings,
    codebookSize,
    styleCodeSize,
    modulationSize,
    features(scope, x) {
      const content = encoder.forward(scope.child('encoder'), x);
      return convolution(scope.child('quant_conv'), content, { filters: codeDimension, kernel: 1 });
    },
    quantize: (scope, features) => quantizer.forward(scope.child('quantize'), features),
    entries: (scope, indices) => quantizer.entries(scope.child('quantize'), indices),
    counts: (scope, indices) => quantizer.counts(scope.child('quantize'), indices),
    style: (scope, domain, x) => styles.forward(own(scope, 'style_enc', domain), x),
    modulation: (scope, domain, style) => perceptron.forward(own(scope, 'mlp', domain), style),
    begin(scope, domain, codes) {
      const options = { filters: contentChannels, kernel: 1 };
      const content = convolution(scope.child('post_quant_conv'), codes, options);
      return pictures.begin(decoderOf(scope, domain), content);
    },
    stylize: (scope, domain, maps, modulation) =>
      pictures.stylize(decoderOf(scope, domain), maps, modulation),
    finish: (scope, domain, maps) => pictures.finish(decoderOf(scope, domain), maps),
    decode(scope, domain, codes, style) {
      const modulation = network.modulation(scope, domain, style);
      const maps = network.begin(scope, domain, codes);
      return network.finish(scope, domain, network.stylize(scope, domain, maps, modulation));
    },
  };
  return network;
}
