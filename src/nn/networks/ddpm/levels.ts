import { InvalidArgumentError } from '../../../core/errors.ts';

/** How a network that works at several sizes is laid out. */
export interface LevelLayout {
  /** Channels of the first convolution, a multiple of 32. */
  readonly channels: number;
  /** Channels of each level, in multiples of the above; each level but the last halves the size. */
  readonly multipliers: readonly number[];
  /** Side of the pictures that the network is laid out for, which says where attention is. */
  readonly resolution: number;
  /** Levels whose maps have one of these sides, at that resolution, have attention after each block. */
  readonly attentionResolutions: readonly number[];
}

/** One level, from full size down. */
export interface Level {
  readonly filters: number;
  readonly attention: boolean;
  readonly last: boolean;
}

/** Levels from full size down, and the channels of the lowest. @throws InvalidArgumentError without levels */
export function layOut(layout: LevelLayout): { readonly levels: readonly Level[]; readonly lowest: number } {
  const { channels, multipliers, resolution, attentionResolutions } = layout;
  const levels = multipliers.map((multiplier, level) => ({
    filters: channels * multiplier,
    attention: attentionResolutions.includes(Math.floor(resolution / 2 ** level)),
    last: level === multipliers.length - 1,
  }));
  const lowest = levels.at(-1)?.filters;
  if (lowest === undefined) throw new InvalidArgumentError('an encoder has one or more levels, got none');
  return { levels, lowest };
}
