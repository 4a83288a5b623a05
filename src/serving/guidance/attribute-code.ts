import { Random } from '../../core/random.ts';

/** Which of its many looks a translation has: as many numbers as the manifest's attributeCodeSize, N(0, 1) in training. */
export type AttributeCode = readonly number[];

/** As the networks take it, float32: then a code that a client is told and sends back is the very code that was used. */
export function attributeCode(values: ArrayLike<number>): AttributeCode {
  return Array.from(values, Math.fround);
}

/** The code that a seed has at a place, z ~ N(0, I): the same however many others are sampled, and whatever shares its run. */
export function sampleCode(seed: number, place: number, size: number): AttributeCode {
  return attributeCode(Random.of(seed, 'attribute code', place).fill(size, (random) => random.normal()));
}

export function scaleCode(code: AttributeCode, scale: number): AttributeCode {
  return scale === 1 ? code : attributeCode(code.map((value) => value * scale));
}
