/**
 * Seeded random numbers, by key rather than by state: a stream is named by a seed and a list of labels
 * (`Random.of(seed, 'step', 1200)`), so nothing has to be saved to resume a run exactly, and what one
 * consumer draws never shifts what another one gets.
 *
 * Streams are sfc32 (C. Doty-Humphrey, PractRand), started from an FNV-1a hash of the key.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  private constructor(words: readonly [number, number, number]) {
    [this.a, this.b, this.c] = words;
    for (let round = 0; round < 12; round++) this.word();
  }

  static of(seed: number, ...labels: readonly (string | number)[]): Random {
    const key = [seed, ...labels].join('\u001f');
    return new Random([hash(key, 0x811c9dc5), hash(key, 0x01234567), hash(key, 0x89abcdef)]);
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    const mixed = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + mixed) | 0;
    return mixed >>> 0;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.word() >>> 5) * 67_108_864 + (this.word() >>> 6)) / 9_007_199_254_740_992;
  }

  /** Uniform integer in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal (Box and Muller 1958; the second value is dropped so that one call is one draw). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The first `count` entries of a uniformly random permutation of 0..length-1 (Fisher and Yates). */
  permutation(length: number, count = length): number[] {
    const order = Array.from({ length }, (_, index) => index);
    const taken = Math.min(count, length);
    for (let index = 0; index < taken; index++) {
      const other = index + this.integer(length - index);
      const swapped = order[index] as number;
      order[index] = order[other] as number;
      order[other] = swapped;
    }
    return order.slice(0, taken);
  }

  /** `length` draws of `draw` as float32. */
  fill(length: number, draw: (random: Random) => number): Float32Array {
    const values = new Float32Array(length);
    for (let index = 0; index < length; index++) values[index] = draw(this);
    return values;
  }

  /** Standard normal numbers as float32, in pairs (Box and Muller 1958): half the work of `fill` with `normal`. */
  normals(length: number): Float32Array {
    const values = new Float32Array(length);
    for (let index = 0; index < length; index += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      values[index] = radius * Math.cos(angle);
      // Past the end of an odd length nothing is stored.
      values[index + 1] = radius * Math.sin(angle);
    }
    return values;
  }
}

/** FNV-1a over UTF-16 units with a final avalanche (murmur3's). */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
