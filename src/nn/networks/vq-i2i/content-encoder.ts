import type { Value } from '../../../onnx/ir.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { middleBlocks } from '../ddpm/middle-blocks.ts';
import { activated } from '../ddpm/normalized.ts';
import { halved } from '../ddpm/resampling.ts';
import { type LevelOptions, levelBlocks, levelsOf } from './levels.ts';

export interface ContentEncoder {
  /** How often it halves the size: sides of pictures are multiples of 2 to that power. */
  readonly halvings: number;
  /** @param pictures [N, C, H, W] in -1..1 -> [N, contentChannels, h, w], before the convolution into the code space */
  forward(scope: Scope, pictures: Value): Value;
}

/**
 * The content encoder of VQ-I2I (Chen et al. 2022, section 3.1), which is that of VQGAN (Esser et al. 2021): one for
 * both domains. Parameters: conv_in.*, down.<level>.*, mid.*, norm_out.*, conv_out.*.
 */
export function contentEncoder(options: LevelOptions = {}): ContentEncoder {
  const { channels, contentChannels, levels, lowest, residualBlocks, normGroups: groups } = levelsOf(options);
  return {
    halvings: levels.length - 1,
    forward(scope, pictures) {
      const wide = { kernel: 3, padding: 1 } as const;
      const first = convolution(scope.child('conv_in'), pictures, { ...wide, filters: channels });
      const down = levels.reduce((x, level, index) => {
        const own = scope.child('down').child(index);
        const features = levelBlocks(own, x, level, { count: residualBlocks, groups });
        return level.last ? features : halved(own.child('downsample'), features);
      }, first);
      const middle = middleBlocks(scope.child('mid'), down, { filters: lowest, groups });
      return convolution(scope.child('conv_out'), activated(scope.child('norm_out'), middle, groups), {
        ...wide,
        filters: contentChannels,
      });
    },
  };
}
