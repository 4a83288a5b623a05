import type { Value } from '../../../onnx/ir.ts';
import { silu } from '../../layers/activation.ts';
import { convolution } from '../../layers/convolution.ts';
import type { DropoutMask } from '../../layers/dropout.ts';
import { linear } from '../../layers/linear.ts';
import { averageFours, doublePixels } from '../../layers/resampling.ts';
import { timeEmbedding } from '../../layers/time-embedding.ts';
import type { Scope } from '../../scope.ts';
import { attentionBlock } from './attention-block.ts';
import { type Level, type LevelLayout, layOut } from './levels.ts';
import { middleBlocks } from './middle-blocks.ts';
import { activated } from './normalized.ts';
import { doubled, halved } from './resampling.ts';
import { residualBlock } from './residual-block.ts';

/** Defaults are those of EGSDE's network of faces, 256x256 (`profiles/male2female`). */
export interface DdpmUnetOptions extends Partial<LevelLayout> {
  /** Channels of the result. Default 3. */
  readonly outputChannels?: number;
  /** Residual blocks of a level on the way down; one more on the way up. Default 2. */
  readonly residualBlocks?: number;
  /** Sizes change by convolutions (resamp_with_conv), or by plain means and repetition. Default true. */
  readonly convolutionalResampling?: boolean;
  /** Drops features of the residual blocks in training; absent: none are dropped. */
  readonly dropoutMask?: DropoutMask;
}

export interface DdpmUnet {
  /** Sides of pictures are multiples of this. */
  readonly sizeMultiple: number;
  /**
   * @param x noised pictures [N, C, H, W]
   * @param times [N], indices of the noise schedule, possibly with fractions
   * @returns [N, outputChannels, H, W]
   */
  forward(scope: Scope, x: Value, times: Value): Value;
}

/**
 * The U-Net of DDPM (Ho et al. 2020, appendix B), which predicts the noise in pictures.
 * Parameters: temb.dense.*, conv_in.*, down.<level>.*, mid.*, up.<level>.*, norm_out.*, conv_out.*.
 */
export function ddpmUnet(options: DdpmUnetOptions = {}): DdpmUnet {
  const { channels = 128, multipliers = [1, 1, 2, 2, 4, 4], resolution = 256 } = options;
  const { attentionResolutions = [16], outputChannels = 3, residualBlocks = 2 } = options;
  const { convolutionalResampling: convolutional = true, dropoutMask } = options;
  const { levels, lowest } = layOut({ channels, multipliers, resolution, attentionResolutions });
  const wide = { kernel: 3, padding: 1 } as const;

  function embed(scope: Scope, times: Value): Value {
    const layer = (index: number, x: Value) =>
      linear(scope.child('temb').child('dense').child(index), x, { features: 4 * channels });
    return layer(1, silu(scope, layer(0, timeEmbedding(scope, times, channels, 'ddpm'))));
  }

  /** Block `block.<index>` of a level, followed by `attn.<index>` where the level has attention. */
  function levelBlock(
    scope: Scope,
    x: Value,
    index: number,
    { filters, attention }: Level,
    embedding: Value,
  ) {
    const block = scope.child('block').child(index);
    const features = residualBlock(block, x, { filters, embedding, dropoutMask });
    return attention ? attentionBlock(scope.child('attn').child(index), features) : features;
  }

  function halve(scope: Scope, x: Value): Value {
    return convolutional ? halved(scope.child('downsample'), x) : averageFours(scope, x);
  }

  function double(scope: Scope, x: Value): Value {
    return convolutional ? doubled(scope.child('upsample'), x) : doublePixels(scope, x);
  }

  /** What every block on the way down has left, the first one's first. */
  function down(scope: Scope, x: Value, embedding: Value): Value[] {
    const left = [convolution(scope.child('conv_in'), x, { ...wide, filters: channels })];
    for (const [index, level] of levels.entries()) {
      const own = scope.child('down').child(index);
      for (let block = 0; block < residualBlocks; block++) {
        left.push(levelBlock(own, left.at(-1) as Value, block, level, embedding));
      }
      if (!level.last) left.push(halve(own, left.at(-1) as Value));
    }
    return left;
  }

  /** Every block is joined by what one on the way down has left, the last one's first. */
  function up(scope: Scope, x: Value, left: Value[], embedding: Value): Value {
    return levels.reduceRight((fromBelow, level, index) => {
      const own = scope.child('up').child(index);
      const blocks = Array.from({ length: residualBlocks + 1 }, (_, block) => block);
      const features = blocks.reduce((before, block) => {
        const joined = scope.graph.Concat([before, left.pop() as Value], 1);
        return levelBlock(own, joined, block, level, embedding);
      }, fromBelow);
      return index === 0 ? features : double(own, features);
    }, x);
  }

  return {
    sizeMultiple: 2 ** (levels.length - 1),
    forward(scope, x, times) {
      const embedding = embed(scope, times);
      const left = down(scope, x, embedding);
      const block = { filters: lowest, embedding, dropoutMask };
      const middle = middleBlocks(scope.child('mid'), left.at(-1) as Value, block);
      const last = activated(scope.child('norm_out'), up(scope, middle, left, embedding));
      return convolution(scope.child('conv_out'), last, { ...wide, filters: outputChannels });
    },
  };
}
