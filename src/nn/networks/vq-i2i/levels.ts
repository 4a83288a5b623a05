import type { Value } from '../../../onnx/ir.ts';
import type { Scope } from '../../scope.ts';
import { attentionBlock } from '../ddpm/attention-block.ts';
import { type Level, layOut } from '../ddpm/levels.ts';
import { publishedGroups } from '../ddpm/normalized.ts';
import { residualBlock } from '../ddpm/residual-block.ts';

/** What encoder and decoders have in common (`ddconfig` of the published code). */
export interface LevelOptions {
  /** Channels of the first convolution, a multiple of the groups. Default 128. */
  readonly channels?: number;
  /** Channels of each level, in multiples of the above; each level but the last halves the size. Default 1, 1, 2, 2, 4. */
  readonly multipliers?: readonly number[];
  /** Residual blocks of a level of the encoder; a decoder has one more. Default 2. */
  readonly residualBlocks?: number;
  /** Side of the pictures that the network is laid out for, which says where attention is. Default 256. */
  readonly resolution?: number;
  /** Levels whose maps have one of these sides, at that resolution, have attention after each block. Default 16. */
  readonly attentionResolutions?: readonly number[];
  /** Channels between encoder and quantiser, and between quantiser and decoder. Default 256. */
  readonly contentChannels?: number;
  /** Groups of channels of the norms. Default 32. */
  readonly normGroups?: number;
}

export interface Levels extends Required<Omit<LevelOptions, 'multipliers' | 'attentionResolutions'>> {
  readonly levels: readonly Level[];
  /** Channels at the lowest level. */
  readonly lowest: number;
}

/** @throws InvalidArgumentError without levels */
export function levelsOf(options: LevelOptions): Levels {
  const { channels = 128, multipliers = [1, 1, 2, 2, 4], residualBlocks = 2 } = options;
  const { resolution = 256, attentionResolutions = [16], contentChannels = 256 } = options;
  const { normGroups = publishedGroups } = options;
  const { levels, lowest } = layOut({ channels, multipliers, resolution, attentionResolutions });
  return { channels, residualBlocks, resolution, contentChannels, normGroups, levels, lowest };
}

/** Residual blocks `block.0.*` and so on, each followed by attention (`attn.0.*`) where the level has it. */
export function levelBlocks(
  scope: Scope,
  x: Value,
  { filters, attention }: Level,
  { count, groups }: { readonly count: number; readonly groups: number },
): Value {
  return Array.from({ length: count }, (_, index) => index).reduce((features, index) => {
    const block = residualBlock(scope.child('block').child(index), features, { filters, groups });
    return attention ? attentionBlock(scope.child('attn').child(index), block, groups) : block;
  }, x);
}
