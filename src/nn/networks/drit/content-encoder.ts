import type { Value } from '../../../onnx/ir.ts';
import type { Scope } from '../../scope.ts';
import type { Domain } from '../domain.ts';
import { runSequential, type SequentialLayer } from '../sequential.ts';
import { halvingConvolution, leakyConvolution, residualBlock } from './blocks.ts';

export interface ContentEncoderOptions {
  /** Channels at full size; the content has four times as many. Default 64. */
  readonly width?: number;
}

export interface ContentEncoder {
  /**
   * @param domain of the pictures
   * @param pictures [N, C, H, W] in -1..1, H and W multiples of 4
   * @param noise of the shape of the content, added to it: normal with deviation 1 in training, left out otherwise
   * @returns the content [N, 4 width, H/4, W/4]
   */
  forward(scope: Scope, domain: Domain, pictures: Value, noise?: Value): Value;
}

/**
 * DRIT's content encoder (Lee et al. 2020, section 3.1; `E_content`): a 7x7 convolution, two halvings and three residual
 * blocks of each domain's own (`convA.*`, `convB.*`), then a residual block that both share (`conv_share.*`).
 */
export function contentEncoder({ width = 64 }: ContentEncoderOptions = {}): ContentEncoder {
  const own: readonly SequentialLayer[] = [
    { apply: (scope, x) => leakyConvolution(scope, x, { filters: width, kernel: 7, padding: 3 }) },
    ...[2, 4].map((multiple) => ({
      apply: (scope: Scope, x: Value) => halvingConvolution(scope, x, multiple * width),
    })),
    ...Array.from({ length: 3 }, () => ({ apply: residualBlock })),
  ];
  return {
    forward(scope, domain, pictures, noise) {
      const encoded = runSequential(scope.child(`conv${domain}`), own, pictures).at(-1) as Value;
      const shared = residualBlock(scope.child('conv_share').child(0), encoded);
      return noise === undefined ? shared : scope.graph.Add(shared, noise);
    },
  };
}
