import { InvalidArgumentError } from '../../core/errors.ts';

/** Where the pool's random numbers come from; `Random` of core is one. */
export interface PoolDraws {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
}

/**
 * History of generated pictures for the discriminator (Shrivastava et al. 2017, section 2.3; CycleGAN, section 4): while
 * the pool is not full a picture is stored and returned; afterwards, with probability 1/2, a stored picture is returned
 * and the new one takes its place. What stands for a picture is up to the user: the pictures themselves, or numbers.
 */
export class ImagePool<Picture> {
  /** How many pictures the pool holds when full. 0: every picture passes through (CUT, DCLGAN); CycleGAN has 50. */
  readonly size: number;
  private readonly stored: Picture[];

  /** @param stored what is in it already, oldest slot first */
  constructor(size: number, stored: readonly Picture[] = []) {
    if (!Number.isInteger(size) || size < 0) {
      throw new InvalidArgumentError(`size of an image pool must be an integer of at least 0, got ${size}`);
    }
    if (stored.length > size) {
      throw new InvalidArgumentError(`an image pool of size ${size} cannot hold ${stored.length} pictures`);
    }
    this.size = size;
    this.stored = [...stored];
  }

  /**
   * What the discriminator is shown for each picture of a batch: itself, or one from before. Picture by picture one
   * uniform number is drawn, and a slot only when it is above 0.5; none while the pool fills.
   */
  query(pictures: readonly Picture[], draws: PoolDraws): Picture[] {
    return pictures.map((picture) => this.exchange(picture, draws));
  }

  /** What the pool holds, oldest slot first. */
  contents(): readonly Picture[] {
    return [...this.stored];
  }

  private exchange(picture: Picture, draws: PoolDraws): Picture {
    if (this.stored.length < this.size) {
      this.stored.push(picture);
      return picture;
    }
    if (this.size === 0 || !(draws.uniform() > 0.5)) return picture;
    const slot = draws.integer(this.size);
    if (!(slot in this.stored)) {
      throw new InvalidArgumentError(`slot must be in [0, ${this.size}), got ${slot}`);
    }
    const old = this.stored[slot] as Picture;
    this.stored[slot] = picture;
    return old;
  }
}
