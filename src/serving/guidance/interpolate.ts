import { type AttributeCode, attributeCode } from './attribute-code.ts';

/**
 * The way from one code to another. `spherical` turns the direction evenly and keeps to lengths that sampled codes have
 * (Shoemake 1985: sin((1 - t) w) / sin w p + sin(t w) / sin w q, w the angle between p and q); `linear` is the straight
 * line, whose middle is nearer to the mean and therefore plainer.
 */
export const interpolations = ['spherical', 'linear'] as const;

export type Interpolation = (typeof interpolations)[number];

/** Sine of an angle below which two directions are one, or opposite: then there is no arc to follow. */
const smallestSine = 1e-6;

/** @returns `steps` codes (2 or more), evenly apart; the first and the last are the ends themselves */
export function interpolateCodes(
  from: AttributeCode,
  to: AttributeCode,
  steps: number,
  interpolation: Interpolation,
  mean?: AttributeCode,
): readonly AttributeCode[] {
  return codesAlong([from, to], steps, interpolation, mean);
}

/**
 * The way through several codes, each as far from the next.
 * @param codes two or more
 * @param mean of all codes: directions are seen from there. Default: zero
 * @returns `steps` codes (2 or more), evenly apart; the first and the last are the ends themselves
 */
export function codesAlong(
  codes: readonly AttributeCode[],
  steps: number,
  interpolation: Interpolation,
  mean?: AttributeCode,
): readonly AttributeCode[] {
  const between = interpolation === 'spherical' ? arcAbout(mean) : straight;
  return Array.from({ length: steps }, (_, step) => {
    const place = (step * (codes.length - 1)) / (steps - 1);
    const before = Math.min(Math.floor(place), codes.length - 2);
    const [from, to] = codes.slice(before, before + 2) as [AttributeCode, AttributeCode];
    const fraction = place - before;
    if (fraction === 0) return from;
    return fraction === 1 ? to : between(from, to, fraction);
  });
}

type Between = (from: AttributeCode, to: AttributeCode, fraction: number) => AttributeCode;

const straight: Between = (from, to, fraction) => attributeCode(combined(from, to, [1 - fraction, fraction]));

function arcAbout(mean: AttributeCode | undefined): Between {
  const middle = (index: number) => mean?.[index] ?? 0;
  const seen = (code: AttributeCode) => code.map((value, index) => value - middle(index));
  return (from, to, fraction) => {
    const [p, q] = [seen(from), seen(to)];
    const turned = combined(p, q, weights(fraction, angleBetween(p, q)));
    return attributeCode(turned.map((value, index) => value + middle(index)));
  };
}

function combined(p: AttributeCode, q: AttributeCode, [before, after]: [number, number]): AttributeCode {
  return p.map((value, index) => before * value + after * (q[index] as number));
}

function weights(fraction: number, angle: number): [before: number, after: number] {
  const sine = Math.sin(angle);
  if (Math.abs(sine) < smallestSine) return [1 - fraction, fraction];
  return [Math.sin((1 - fraction) * angle) / sine, Math.sin(fraction * angle) / sine];
}

/** In radians; 0 where one of them has no direction. */
function angleBetween(p: AttributeCode, q: AttributeCode): number {
  const dot = p.reduce((sum, value, index) => sum + value * (q[index] as number), 0);
  const lengths = Math.hypot(...p) * Math.hypot(...q);
  return lengths === 0 ? 0 : Math.acos(Math.max(-1, Math.min(1, dot / lengths)));
}
