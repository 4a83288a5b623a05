import { InvalidArgumentError } from '../../../core/errors.ts';
import type { Value } from '../../../onnx/ir.ts';
import { averagePool } from '../../layers/average-pool.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { leakyConvolution } from './blocks.ts';

export interface DomainDiscriminatorOptions {
  /** Sizes at which a picture is judged, each half of the one before. Default 3. */
  readonly scales?: number;
  /** Channels after the first convolution; each further one doubles them. Default 64. */
  readonly width?: number;
  /** Spectral norm of every convolution (Miyato et al. 2018). Default false. */
  readonly spectralNorm?: boolean;
}

export interface DomainDiscriminator {
  /** x: pictures [N, C, H, W] in -1..1 -> for each scale a map of logits [N, 1, H', W'], the finest first; high means real. */
  forward(scope: Scope, x: Value): Value[];
}

interface Layers extends Required<Pick<DomainDiscriminatorOptions, 'width' | 'spectralNorm'>> {
  readonly count: number;
  readonly kernel: number;
}

/**
 * DRIT's discriminator of a domain. With several scales (`MultiScaleDis`, keys `Diss.<scale>.*`) four 4x4 convolutions a
 * scale, with one (`Dis`, keys `model.*`) six 3x3 convolutions; each halves the size. No norm layers.
 * @throws InvalidArgumentError when there is no scale
 */
export function domainDiscriminator(options: DomainDiscriminatorOptions = {}): DomainDiscriminator {
  const { scales = 3, width = 64, spectralNorm = false } = options;
  if (!Number.isInteger(scales) || scales < 1) {
    throw new InvalidArgumentError(`a domain discriminator has 1 or more scales, got ${scales}`);
  }
  if (scales === 1) {
    const layers = { count: 6, kernel: 3, width, spectralNorm };
    return { forward: (scope, x) => [judge(scope.child('model'), x, layers)] };
  }
  const layers = { count: 4, kernel: 4, width, spectralNorm };
  return {
    forward(scope, x) {
      const pictures = pyramid(scope, x, scales);
      return pictures.map((picture, scale) => judge(scope.child('Diss').child(scale), picture, layers));
    },
  };
}

function judge(scope: Scope, x: Value, { count, kernel, width, spectralNorm }: Layers): Value {
  const shared = { kernel, stride: 2, padding: 1, spectralNorm };
  const features = Array.from({ length: count }, (_, depth) => width * 2 ** depth).reduce(
    (value, filters, depth) => leakyConvolution(scope.child(depth), value, { ...shared, filters }),
    x,
  );
  return convolution(scope.child(count), features, { filters: 1, kernel: 1, spectralNorm });
}

/** The pictures, and as often as wanted half of what came before. */
function pyramid(scope: Scope, x: Value, scales: number): Value[] {
  const pictures = [x];
  while (pictures.length < scales) {
    pictures.push(averagePool(scope, pictures.at(-1) as Value, { kernel: 3, stride: 2, padding: 1 }));
  }
  return pictures;
}
