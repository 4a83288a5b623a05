import { InvalidArgumentError } from '../../../core/errors.ts';
import type { DropoutMask } from '../../layers/dropout.ts';
import type { AdmAttentionOptions, AttentionOrder } from './attention.ts';
import type { AdmBlockOptions } from './residual-block.ts';

/** What the score network and the classifier have in common; defaults are those of ADM at 256x256 in EGSDE. */
export interface AdmOptions {
  /** Channels in multiples of which each level has its own, a multiple of 32. Default 128. */
  readonly channels?: number;
  /** Channels of each level in multiples of these; each level but the last halves the size. Default 1, 1, 2, 2, 4, 4. */
  readonly multipliers?: readonly number[];
  /** Residual blocks of a level on the way down. Default 1. */
  readonly residualBlocks?: number;
  /** Levels whose maps are smaller than the picture by one of these factors have attention. Default 16. */
  readonly attentionRates?: readonly number[];
  /** How many heads, or the channels of each. Default 64 channels. */
  readonly heads?: AdmAttentionOptions['heads'];
  /** Default head-by-head. */
  readonly attentionOrder?: AttentionOrder;
  /** Adaptive group norm. Default true. */
  readonly scaleShift?: boolean;
  /** Sizes change inside residual blocks (resblock_updown). Default true. */
  readonly residualResampling?: boolean;
  /** Where they do not: by convolutions (conv_resample), or by plain means and repetition. Default true. */
  readonly convolutionalResampling?: boolean;
  /** Drops features of the residual blocks in training; absent: none are dropped, as published for 256x256. */
  readonly dropoutMask?: DropoutMask;
}

/** One level, from full size down. */
export interface AdmLevel {
  readonly filters: number;
  readonly attention: boolean;
  readonly last: boolean;
}

export interface AdmLayout {
  readonly channels: number;
  readonly residualBlocks: number;
  readonly levels: readonly AdmLevel[];
  readonly attention: AdmAttentionOptions;
  readonly block: AdmBlockOptions;
  readonly residualResampling: boolean;
  readonly convolutionalResampling: boolean;
}

/** @throws InvalidArgumentError without levels */
export function admLayout(options: AdmOptions): AdmLayout {
  const { channels = 128, multipliers = [1, 1, 2, 2, 4, 4], residualBlocks = 1 } = options;
  const { attentionRates = [16], heads = { channels: 64 }, attentionOrder = 'head-by-head' } = options;
  const { scaleShift = true, residualResampling = true, convolutionalResampling = true } = options;
  if (multipliers.length === 0) throw new InvalidArgumentError('a U-Net has one or more levels, got none');
  return {
    channels,
    residualBlocks,
    levels: multipliers.map((multiplier, level) => ({
      filters: Math.floor(multiplier * channels),
      attention: attentionRates.includes(2 ** level),
      last: level === multipliers.length - 1,
    })),
    attention: { heads, order: attentionOrder },
    block: { scaleShift, dropoutMask: options.dropoutMask },
    residualResampling,
    convolutionalResampling,
  };
}
