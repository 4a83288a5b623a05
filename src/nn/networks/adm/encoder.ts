import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { admAttention } from './attention.ts';
import type { AdmLayout, AdmLevel } from './layout.ts';
import { halve } from './resampling.ts';
import { admResidualBlock } from './residual-block.ts';

/** Parameters: input_blocks.<index>.<part>.*, middle_block.<part>.*. */
export interface Encoded {
  /** [N, C, h, w] at the lowest level. */
  readonly features: Value;
  /** What each of the input blocks has left, the first one's first. */
  readonly skips: readonly Value[];
}

/** The half of ADM's U-Net that goes down: x [N, C, H, W] -> features. */
export function admEncoder(scope: Scope, x: Value, embedding: Value, layout: AdmLayout): Encoded {
  const { levels, residualBlocks, channels, block } = layout;
  const skips: Value[] = [];
  const own = () => scope.child('input_blocks').child(skips.length);
  const first = levels[0]?.filters ?? channels;
  skips.push(convolution(own().child(0), x, { filters: first, kernel: 3, padding: 1 }));
  for (const level of levels) {
    for (let index = 0; index < residualBlocks; index++) {
      skips.push(levelBlock(own(), skips.at(-1) as Value, embedding, level, layout));
    }
    if (!level.last) skips.push(halve(own().child(0), skips.at(-1) as Value, embedding, layout));
  }
  const middle = scope.child('middle_block');
  const lowest = skips.at(-1) as Value;
  const same = { ...block, filters: channelsOf(lowest) };
  const before = admResidualBlock(middle.child(0), lowest, embedding, same);
  const looked = admAttention(middle.child(1), before, layout.attention);
  return { features: admResidualBlock(middle.child(2), looked, embedding, same), skips };
}

/** A residual block, with attention behind it where the level has it: `0.*`, `1.*`. */
export function levelBlock(
  scope: Scope,
  x: Value,
  embedding: Value,
  { filters, attention }: AdmLevel,
  layout: AdmLayout,
): Value {
  const features = admResidualBlock(scope.child(0), x, embedding, { ...layout.block, filters });
  return attention ? admAttention(scope.child(1), features, layout.attention) : features;
}
