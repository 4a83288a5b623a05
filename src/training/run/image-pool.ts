import { InvalidArgumentError } from '../../core/errors.ts';
import { elementCount, type Tensor, tensor } from '../../core/tensor.ts';

/** Where the pool's random numbers come from; `Random` of core is one. */
export interface PoolDraws {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
}

/**
 * History of generated images for the discriminator (Shrivastava et al. 2017, section 2.3; CycleGAN, section 4): while
 * the pool is not full a picture is stored and returned; afterwards, with probability 1/2, a stored picture is returned
 * and the new one takes its place.
 */
export class ImagePool {
  /** How many pictures the pool holds when full. 0: every picture passes through (CUT, DCLGAN); CycleGAN has 50. */
  readonly size: number;
  private readonly stored: Float32Array[] = [];
  private pictureDims: readonly number[] | undefined;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 0) {
      throw new InvalidArgumentError(`size of an image pool must be an integer of at least 0, got ${size}`);
    }
    this.size = size;
  }

  /** A pool that goes on where `contents()` of another left off. `contents`: [stored, C, H, W] or undefined if empty. */
  static restore(size: number, contents: Tensor<'float32'> | undefined): ImagePool {
    const pool = new ImagePool(size);
    if (contents === undefined) return pool;
    if ((contents.dims[0] ?? 0) > size) {
      throw new InvalidArgumentError(
        `an image pool of size ${size} cannot be restored from ${contents.dims[0]} pictures`,
      );
    }
    for (const picture of pool.pictures(contents)) pool.stored.push(picture.slice());
    return pool;
  }

  /**
   * Pictures for the discriminator: [N, C, H, W] in, the same shape out, each either the picture at its place or one
   * from before. Per picture in order one uniform is drawn, and a slot only when it is above 0.5; none while filling.
   */
  query(images: Tensor<'float32'>, draws: PoolDraws): Tensor<'float32'> {
    if (this.size === 0) return images;
    const returned = new Float32Array(images.data.length);
    let offset = 0;
    for (const picture of this.pictures(images)) {
      returned.set(this.exchange(picture, draws), offset);
      offset += picture.length;
    }
    return tensor('float32', images.dims, returned);
  }

  /** What the pool holds, oldest slot first: [stored, C, H, W]; undefined while it is empty. */
  contents(): Tensor<'float32'> | undefined {
    if (this.pictureDims === undefined || this.stored.length === 0) return undefined;
    const length = elementCount(this.pictureDims);
    const data = new Float32Array(this.stored.length * length);
    for (const [slot, picture] of this.stored.entries()) data.set(picture, slot * length);
    return tensor('float32', [this.stored.length, ...this.pictureDims], data);
  }

  private exchange(picture: Float32Array, draws: PoolDraws): Float32Array {
    if (this.stored.length < this.size) {
      this.stored.push(picture.slice());
      return picture;
    }
    if (!(draws.uniform() > 0.5)) return picture;
    const slot = draws.integer(this.size);
    const old = this.stored[slot];
    if (old === undefined) throw new InvalidArgumentError(`slot must be in [0, ${this.size}), got ${slot}`);
    this.stored[slot] = picture.slice();
    return old;
  }

  /** Views of the pictures of a batch, after a check that they fit what is stored. */
  private pictures(images: Tensor<'float32'>): Float32Array[] {
    const [count = 0, ...dims] = images.dims;
    this.pictureDims ??= dims;
    if (dims.join() !== this.pictureDims.join()) {
      throw new InvalidArgumentError(
        `an image pool of pictures [${this.pictureDims.join(', ')}] was given pictures [${dims.join(', ')}]`,
      );
    }
    const length = elementCount(dims);
    return Array.from({ length: count }, (_, index) =>
      images.data.subarray(index * length, (index + 1) * length),
    );
  }
}
