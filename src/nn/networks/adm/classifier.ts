import type { Value } from '../../../onnx/ir.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { attentionPool } from './attention-pool.ts';
import { embedTimes } from './embed-times.ts';
import { admEncoder } from './encoder.ts';
import { type AdmOptions, admLayout } from './layout.ts';
import { activated } from './normalized.ts';

export interface DomainClassifierOptions extends AdmOptions {
  /** Domains that it tells apart. Default 2. */
  readonly domains?: number;
  /** Side of the pictures that it classifies: the pooling by attention knows its places. Default 256. */
  readonly resolution?: number;
  /** How a map becomes logits: attention asks each place, `mean` takes their mean. Default attention. */
  readonly pool?: 'attention' | 'mean';
  /** Channels of a head of the pooling. Default 64. */
  readonly poolHeadChannels?: number;
}

export interface DomainClassifier {
  /** Sides of pictures are multiples of this. */
  readonly sizeMultiple: number;
  /**
   * What EGSDE holds pictures of two domains together by: the features before the head, which has no part in it.
   * @param x noised pictures [N, C, H, W], of any size that is a multiple
   * @param times [N], indices of the noise schedule
   * @returns [N, channels, h, w]
   */
  features(scope: Scope, x: Value, times: Value): Value;
  /** @param x noised pictures of the resolution -> logits [N, domains] */
  logits(scope: Scope, x: Value, times: Value): Value;
}

/**
 * The classifier of domains in noised pictures, whose features are EGSDE's expert of realism (Zhao et al. 2022, section
 * 3.2; `DSE_inference` and `DSE_train`): the half of ADM's U-Net that goes down, with a head.
 * Parameters: time_embed.*, input_blocks.*, middle_block.*, I2Iout.0.*, I2Iout.2.* (I2Iout.3.* with the mean).
 */
export function domainClassifier(options: DomainClassifierOptions = {}): DomainClassifier {
  const { domains = 2, resolution = 256, pool = 'attention', poolHeadChannels = 64 } = options;
  const layout = admLayout({ residualBlocks: 2, attentionRates: [8, 16, 32], ...options });
  const sizeMultiple = 2 ** (layout.levels.length - 1);

  function features(scope: Scope, x: Value, times: Value): Value {
    const embedding = embedTimes(scope, times, layout.channels);
    return admEncoder(scope, x, embedding, layout).features;
  }

  function pooled(scope: Scope, map: Value): Value {
    if (pool === 'attention') {
      const side = Math.floor(resolution / sizeMultiple);
      return attentionPool(scope.child(2), map, { headChannels: poolHeadChannels, side, features: domains });
    }
    const mean = scope.graph.GlobalAveragePool(map);
    return scope.graph.Squeeze(convolution(scope.child(3), mean, { filters: domains, kernel: 1 }), [2, 3]);
  }

  return {
    sizeMultiple,
    features,
    logits(scope, x, times) {
      const head = scope.child('I2Iout');
      return pooled(head, activated(head.child(0), features(scope, x, times)));
    },
  };
}
