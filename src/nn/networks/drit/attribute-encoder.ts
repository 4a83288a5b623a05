import type { Value } from '../../../onnx/ir.ts';
import { leakyRelu, relu } from '../../layers/activation.ts';
import { averagePool } from '../../layers/average-pool.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import { linear } from '../../layers/linear.ts';
import { pad } from '../../layers/padding.ts';
import type { Scope } from '../../scope.ts';
import type { Domain } from '../domain.ts';
import { runSequential, type SequentialLayer } from '../sequential.ts';

/**
 * How a code reaches the generator, and what it is: `concat` joins it to the features and encodes a distribution, for
 * domains of like shapes; `feature-wise` transforms it for each block and encodes the code itself, for unlike shapes.
 */
export type AttributeVariant = 'concat' | 'feature-wise';

export interface AttributeEncoderOptions {
  readonly variant: AttributeVariant;
  /** Channels after the first convolution. Default 64. */
  readonly width?: number;
  /** Default 8. */
  readonly attributeCodeSize?: number;
}

/** Both are [N, attributeCodeSize]. */
export interface EncodedAttribute {
  /** The code itself where the encoder has no variance. */
  readonly mean: Value;
  /** Logarithm of the variance; the concat variant only. */
  readonly logVariance: Value | undefined;
}

export interface AttributeEncoder {
  /** @param pictures of the domain, [N, C, H, W] in -1..1, of any size from 32x32 */
  forward(scope: Scope, domain: Domain, pictures: Value): EncodedAttribute;
}

/** DRIT's attribute encoder (Lee et al. 2020, section 3.1; `E_attr_concat` and `E_attr`), one for each domain. */
export function attributeEncoder(options: AttributeEncoderOptions): AttributeEncoder {
  const { variant, width = 64, attributeCodeSize = 8 } = options;
  return variant === 'concat'
    ? distributionEncoder(width, attributeCodeSize)
    : codeEncoder(width, attributeCodeSize);
}

/** Convolutions `conv_A.*`, heads `fc_A.*` and `fcVar_A.*`. */
function distributionEncoder(width: number, features: number): AttributeEncoder {
  const convolutions: readonly SequentialLayer[] = [
    reflect(1),
    { apply: (scope, x) => convolution(scope, x, { filters: width, kernel: 4, stride: 2 }) },
    ...[2, 3, 4].map((multiple) => ({
      apply: (scope: Scope, x: Value) => halvingBlock(scope, x, multiple * width),
    })),
    leaky,
    pool,
  ];
  return {
    forward(scope, domain, pictures) {
      const pooled = runSequential(scope.child(`conv_${domain}`), convolutions, pictures).at(-1) as Value;
      const rows = scope.graph.Squeeze(pooled, [2, 3]);
      const head = (name: string) => linear(scope.child(`${name}_${domain}`).child(0), rows, { features });
      return { mean: head('fc'), logVariance: head('fcVar') };
    },
  };
}

/** Convolutions `model_a.*`. */
function codeEncoder(width: number, filters: number): AttributeEncoder {
  const halve = (multiple: number): SequentialLayer[] => [
    reflect(1),
    { apply: (scope, x) => convolution(scope, x, { filters: multiple * width, kernel: 4, stride: 2 }) },
    { apply: relu, inPlace: true },
  ];
  const layers: readonly SequentialLayer[] = [
    reflect(3),
    { apply: (scope, x) => convolution(scope, x, { filters: width, kernel: 7 }) },
    { apply: relu, inPlace: true },
    ...[2, 4, 4, 4].flatMap(halve),
    pool,
    { apply: (scope, x) => convolution(scope, x, { filters, kernel: 1 }) },
  ];
  return {
    forward(scope, domain, pictures) {
      const module = scope.child(`model_${domain.toLowerCase()}`);
      const code = runSequential(module, layers, pictures).at(-1) as Value;
      return { mean: scope.graph.Squeeze(code, [2, 3]), logVariance: undefined };
    },
  };
}

/** `BasicBlock`: half the size, by two convolutions behind LeakyReLUs (`conv.*`), beside one convolution (`shortcut.*`). */
function halvingBlock(scope: Scope, x: Value, filters: number): Value {
  const [long, short] = [scope.child('conv'), scope.child('shortcut')];
  const options = { kernel: 3, padding: 1, paddingMode: 'reflect' } as const;
  const first = convolution(long.child(2), leaky.apply(scope, x), { ...options, filters: channelsOf(x) });
  const second = convolution(long.child(4).child(1), leaky.apply(scope, first), { ...options, filters });
  const beside = convolution(short.child(1), halve(scope, x), { filters, kernel: 1 });
  return scope.graph.Add(halve(scope, second), beside);
}

function halve(scope: Scope, x: Value): Value {
  return averagePool(scope, x, { kernel: 2, stride: 2 });
}

const leaky: SequentialLayer = { apply: (scope, x) => leakyRelu(scope, x, 0.2) };
const pool: SequentialLayer = { apply: ({ graph }, x) => graph.GlobalAveragePool(x) };

function reflect(pixels: number): SequentialLayer {
  return { apply: (scope, x) => pad(scope, x, pixels, 'reflect') };
}
