import { InvalidArgumentError } from '../../../core/errors.ts';
import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Discriminator } from '../patch-discriminator.ts';
import { leakyConvolution } from './blocks.ts';

export interface ContentDiscriminatorOptions {
  /** 7x7 convolutions that halve the size; the published three need content of 53x53, two 25x25, one 11x11. Default 3. */
  readonly halvings?: number;
}

/**
 * DRIT's discriminator of content (Lee et al. 2020, section 3.2; `Dis_content`), which tells from which domain content
 * [N, C, h, w] comes: halvings, a 4x4 and a 1x1 convolution, all as wide as the content. Keys `model.*`.
 * @throws InvalidArgumentError for less than no halvings
 */
export function contentDiscriminator({ halvings = 3 }: ContentDiscriminatorOptions = {}): Discriminator {
  if (!Number.isInteger(halvings) || halvings < 0) {
    throw new InvalidArgumentError(`a content discriminator halves 0 or more times, got ${halvings}`);
  }
  return {
    forward(scope, x) {
      const model = scope.child('model');
      const filters = channelsOf(x);
      const small = Array.from({ length: halvings }).reduce<Value>(
        (value, _, index) =>
          leakyConvolution(model.child(index), value, { filters, kernel: 7, stride: 2, padding: 1 }),
        x,
      );
      const patch = leakyConvolution(model.child(halvings), small, { filters, kernel: 4, padding: 0 });
      return convolution(model.child(halvings + 1), patch, { filters: 1, kernel: 1 });
    },
  };
}
