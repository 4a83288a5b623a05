import type { Tensor } from '../../core/tensor.ts';

/** The first element that is not a finite number, as a message names it; undefined where there is none. */
export function nonFiniteElement({ dtype, data }: Tensor): string | undefined {
  if (dtype !== 'float32') return undefined;
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  return at < 0 ? undefined : `element ${at} is ${data[at]}`;
}
