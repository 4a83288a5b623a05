import type { Value } from '../../../onnx/ir.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { middleBlocks } from '../ddpm/middle-blocks.ts';
import { activated } from '../ddpm/normalized.ts';
import { doubled } from '../ddpm/resampling.ts';
import { type LevelOptions, levelBlocks, levelsOf } from './levels.ts';
import { modulationSize, styleBlocks } from './style-blocks.ts';

export interface DecoderOptions extends LevelOptions {
  /** Channels of the pictures. Default 3. */
  readonly outputChannels?: number;
}

/** The parts are for pictures of several styles: strips of `begin`'s maps are styled each by itself and joined again. */
export interface Decoder {
  /** Numbers that say how a picture is styled. */
  readonly modulationSize: number;
  /** content [N, contentChannels, h, w] -> maps [N, C, h, w]. */
  begin(scope: Scope, content: Value): Value;
  /** Maps -> maps of the same shape, of any height and width. @param modulation [N, modulationSize] */
  stylize(scope: Scope, maps: Value, modulation: Value): Value;
  /** Maps -> pictures [N, outputChannels, H, W], about -1..1: nothing holds them within. */
  finish(scope: Scope, maps: Value): Value;
}

/**
 * A decoder of VQ-I2I (Chen et al. 2022, section 3.1): VQGAN's, with style blocks at its entrance; one for each domain.
 * Parameters: conv_in.*, ADAresblocks.*, mid.*, up.<level>.*, norm_out.*, conv_out.*.
 */
export function decoder(options: DecoderOptions = {}): Decoder {
  const { outputChannels = 3 } = options;
  const { levels, lowest, residualBlocks, normGroups: groups } = levelsOf(options);
  const wide = { kernel: 3, padding: 1 } as const;

  function begin(scope: Scope, content: Value): Value {
    return convolution(scope.child('conv_in'), content, { ...wide, filters: lowest });
  }

  function stylize(scope: Scope, maps: Value, modulation: Value): Value {
    return styleBlocks(scope.child('ADAresblocks'), maps, modulation);
  }

  function finish(scope: Scope, maps: Value): Value {
    const middle = middleBlocks(scope.child('mid'), maps, { filters: lowest, groups });
    const up = levels.reduceRight((x, level, index) => {
      const own = scope.child('up').child(index);
      const features = levelBlocks(own, x, level, { count: residualBlocks + 1, groups });
      return index === 0 ? features : doubled(own.child('upsample'), features);
    }, middle);
    const last = activated(scope.child('norm_out'), up, groups);
    return convolution(scope.child('conv_out'), last, { ...wide, filters: outputChannels });
  }

  return { modulationSize: modulationSize(lowest), begin, stylize, finish };
}
