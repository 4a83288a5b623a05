import { allocate, elementCount, stridesOf, type Tensor } from '../../core/tensor.ts';

type Operation = 'Add' | 'Sub' | 'Mul' | 'Div';

const onNumbers: Readonly<Record<Operation, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

const onIntegers: Readonly<Record<Operation, (a: bigint, b: bigint) => bigint>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

/**
 * Elementwise with broadcasting, in the data type of the operands: integers wrap around and divide towards zero,
 * float32 is computed in float64 and rounded once more, which for these four operations gives the float32 result
 * (S. Figueroa, When is double rounding innocuous?, 1995).
 * @returns undefined for other data types and for a division of integers by zero
 */
export function arithmetic(
  operation: Operation,
  dims: readonly number[],
  a: Tensor,
  b: Tensor,
): Tensor | undefined {
  const { dtype } = a;
  const bits = dtype === 'int64' ? 64 : dtype === 'int32' ? 32 : undefined;
  if (bits === undefined && dtype !== 'float32' && dtype !== 'float64') return undefined;
  if (bits !== undefined && operation === 'Div' && b.data.some((divisor) => Number(divisor) === 0))
    return undefined;
  const data = allocate(dtype, elementCount(dims));
  const [placesInA, placesInB] = [places(a.dims, dims), places(b.dims, dims)];
  for (let index = 0; index < data.length; index++) {
    const left = a.data[placesInA(index)] as number | bigint;
    const right = b.data[placesInB(index)] as number | bigint;
    data[index] = (
      bits === undefined
        ? onNumbers[operation](Number(left), Number(right))
        : wrapped(onIntegers[operation](BigInt(left), BigInt(right)), bits)
    ) as never;
  }
  return { dtype, dims, data };
}

/** The BigInt64Array takes bigints, the Int32Array numbers. */
function wrapped(value: bigint, bits: 32 | 64): number | bigint {
  return bits === 64 ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));
}

/** From a place in the broadcast shape to the place in an operand. */
function places(from: readonly number[], to: readonly number[]): (index: number) => number {
  const [own, whole] = [stridesOf(from), stridesOf(to)];
  const missing = to.length - from.length;
  return (index) =>
    from.reduce((place, size, axis) => {
      const at = Math.floor(index / (whole[axis + missing] as number)) % (to[axis + missing] as number);
      return size === 1 ? place : place + at * (own[axis] as number);
    }, 0);
}
