import type { Value } from '../../../onnx/ir.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { embedTimes } from './embed-times.ts';
import { admEncoder, type Encoded, levelBlock } from './encoder.ts';
import { type AdmLayout, type AdmLevel, type AdmOptions, admLayout } from './layout.ts';
import { activated } from './normalized.ts';
import { double } from './resampling.ts';

export interface AdmUnetOptions extends AdmOptions {
  /** Channels of the result: 3 for noise alone, 6 for noise and what says its variance. Default 6. */
  readonly outputChannels?: number;
  /** Classes that a picture may be told to be of; absent: the network knows of none. */
  readonly classes?: number;
}

export interface AdmUnet {
  /** Sides of pictures are multiples of this. */
  readonly sizeMultiple: number;
  /**
   * @param x noised pictures [N, C, H, W]
   * @param times [N], indices of the noise schedule, possibly with fractions
   * @param classes int64 [N]; only of a network with classes
   * @returns [N, outputChannels, H, W]
   */
  forward(scope: Scope, x: Value, times: Value, classes?: Value): Value;
}

/**
 * The U-Net of ADM (Dhariwal and Nichol 2021, section 3), which predicts the noise in pictures. The last convolution is
 * published to begin at zero.
 * Parameters: time_embed.*, label_emb.weight, input_blocks.*, middle_block.*, output_blocks.*, out.0.*, out.2.*.
 */
export function admUnet(options: AdmUnetOptions = {}): AdmUnet {
  const { outputChannels = 6, classes } = options;
  const layout = admLayout(options);

  function embed(scope: Scope, times: Value, labels: Value | undefined): Value {
    const embedding = embedTimes(scope, times, layout.channels);
    if (classes === undefined || labels === undefined) return embedding;
    const size = 4 * layout.channels;
    const table = scope.child('label_emb').parameter({
      name: 'weight',
      shape: [classes, size],
      role: 'embedding',
      fanIn: classes,
      fanOut: size,
    });
    return scope.graph.Add(embedding, scope.graph.Gather(table, labels, 0));
  }

  return {
    sizeMultiple: 2 ** (layout.levels.length - 1),
    forward(scope, x, times, labels) {
      const embedding = embed(scope, times, labels);
      const encoded = admEncoder(scope, x, embedding, layout);
      const last = decoded(scope, encoded, embedding, layout);
      const out = scope.child('out');
      return convolution(out.child(2), activated(out.child(0), last), {
        filters: outputChannels,
        kernel: 3,
        padding: 1,
      });
    },
  };
}

/** The way up: every block is given what an input block of the same size has left, the last one's first. */
function decoded(scope: Scope, { features, skips }: Encoded, embedding: Value, layout: AdmLayout): Value {
  const { graph } = scope;
  const blocks = layout.levels.toReversed().flatMap((level, fromBelow, { length }) =>
    Array.from({ length: layout.residualBlocks + 1 }, (_, index) => ({
      level,
      doubles: index === layout.residualBlocks && fromBelow < length - 1,
    })),
  );
  return blocks.reduce((x, { level, doubles }, index) => {
    const own = scope.child('output_blocks').child(index);
    const joined = graph.Concat([x, skips.at(-1 - index) as Value], 1);
    const y = levelBlock(own, joined, embedding, level, layout);
    return doubles ? double(own.child(partsOf(level)), y, embedding, layout) : y;
  }, features);
}

/** Parts of a block before the one that doubles the size. */
function partsOf({ attention }: AdmLevel): number {
  return attention ? 2 : 1;
}
