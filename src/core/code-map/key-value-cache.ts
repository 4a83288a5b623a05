import { InvalidArgumentError } from '../errors.ts';
import { elementCount, float32, int64, type Tensor } from '../tensor.ts';

export interface CacheShape {
  readonly layers: number;
  readonly heads: number;
  /** Most tokens of a sample. */
  readonly positions: number;
  /** Features of a head. */
  readonly headSize: number;
}

/** Tokens by which the room of all samples grows. */
const growth = 64;

/**
 * What an autoregressive network remembers of several samples that run together, each at a place of its own. Samples lie
 * side by side, so that those in use are fed without a copy; a run gives back the keys and values of the new tokens
 * only, which `store` writes behind what is there. There is room for about as many tokens as there are, since a run
 * reads what is not filled all the same.
 */
export class KeyValueCache {
  readonly shape: CacheShape;
  /** How many samples there is room for. */
  readonly slots: number;
  private readonly layers = new Map<string, Float32Array>();
  /** Tokens that each sample has room for now. */
  private capacity: number;
  private filled: number[] = [];

  constructor(shape: CacheShape, slots: number) {
    this.shape = shape;
    this.slots = slots;
    this.capacity = Math.min(growth, shape.positions);
    for (let layer = 0; layer < shape.layers; layer++) {
      for (const kind of ['keys', 'values']) this.layers.set(`${kind}_${layer}`, this.allocated());
    }
  }

  /** How many tokens are remembered of each sample in use. */
  get lengths(): readonly number[] {
    return this.filled;
  }

  /** Makes room for a sample. @returns its slot. @throws InvalidArgumentError when all are in use */
  add(): number {
    if (this.filled.length === this.slots) {
      throw new InvalidArgumentError(`all ${this.slots} slots of the cache are in use`);
    }
    return this.filled.push(0) - 1;
  }

  /** Forgets a sample; the last one takes over its slot. */
  remove(slot: number): void {
    this.requireSlot(slot);
    const last = this.filled.length - 1;
    const size = this.sampleSize;
    for (const data of this.layers.values()) data.copyWithin(slot * size, last * size, (last + 1) * size);
    this.filled[slot] = this.filled[last] as number;
    this.filled.pop();
  }

  /** Forgets all but the first tokens of a sample. */
  truncate(slot: number, length: number): void {
    this.requireSlot(slot);
    this.filled[slot] = Math.min(length, this.filled[slot] as number);
  }

  /** Inputs `lengths` [N], `keys_<layer>` and `values_<layer>` [N, heads, capacity, headSize] of the samples in use. */
  feeds(): Record<string, Tensor> {
    const { heads, headSize } = this.shape;
    const dims = [this.filled.length, heads, this.capacity, headSize];
    const used = elementCount(dims);
    const feeds: Record<string, Tensor> = { lengths: int64([this.filled.length], this.filled) };
    for (const [name, data] of this.layers) feeds[name] = float32(dims, data.subarray(0, used));
    return feeds;
  }

  /**
   * Remembers the new tokens of a run.
   * @param outputs `new_keys_<layer>` and `new_values_<layer>` [N, heads, S, headSize]
   * @param counts how many of the S tokens count, sample by sample; 0 leaves a sample as it is
   * @throws InvalidArgumentError when a sample would have more tokens than there are positions
   */
  store(outputs: Readonly<Record<string, Tensor>>, counts: readonly number[]): void {
    const next = this.filled.map((length, slot) => length + (counts[slot] ?? 0));
    this.growTo(Math.max(0, ...next));
    for (const [name, data] of this.layers) {
      const added = outputs[`new_${name}`] as Tensor<'float32'>;
      for (const [slot, count] of counts.entries()) this.storeSample(data, added, slot, count);
    }
    this.filled = next;
  }

  private storeSample(data: Float32Array, added: Tensor<'float32'>, slot: number, count: number): void {
    const { heads, headSize } = this.shape;
    const rows = added.dims[2] as number;
    for (let head = slot * heads; head < (slot + 1) * heads; head++) {
      const from = head * rows * headSize;
      const to = (head * this.capacity + (this.filled[slot] as number)) * headSize;
      data.set(added.data.subarray(from, from + count * headSize), to);
    }
  }

  /** Makes room for so many tokens of every sample. @throws InvalidArgumentError for more than there are positions */
  private growTo(tokens: number): void {
    const { positions, heads, headSize } = this.shape;
    if (tokens > positions) {
      throw new InvalidArgumentError(
        `a sample would have ${tokens} tokens, the cache has room for ${positions}`,
      );
    }
    if (tokens <= this.capacity) return;
    const old = this.capacity * headSize;
    this.capacity = Math.min(Math.ceil(tokens / growth) * growth, positions);
    for (const [name, data] of this.layers) {
      const larger = this.allocated();
      for (let head = 0; head < this.filled.length * heads; head++) {
        larger.set(data.subarray(head * old, (head + 1) * old), head * this.capacity * headSize);
      }
      this.layers.set(name, larger);
    }
  }

  private allocated(): Float32Array {
    return new Float32Array(this.slots * this.sampleSize);
  }

  /** Numbers that a sample takes in an array. */
  private get sampleSize(): number {
    const { heads, headSize } = this.shape;
    return heads * this.capacity * headSize;
  }

  private requireSlot(slot: number): void {
    if (!(slot in this.filled)) {
      throw new InvalidArgumentError(`slot must be in [0, ${this.filled.length}), got ${slot}`);
    }
  }
}
