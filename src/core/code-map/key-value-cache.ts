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
  private readonly layers = new Map<string, Float32Array>();
  private room: number;
  /** Tokens that each sample has room for now. */
  private capacity: number;
  private filled: number[] = [];

  constructor(shape: CacheShape, slots: number) {
    this.shape = shape;
    this.room = slots;
    this.capacity = this.capacityFor(0);
    for (let layer = 0; layer < shape.layers; layer++) {
      for (const kind of ['keys', 'values']) this.layers.set(`${kind}_${layer}`, this.allocated());
    }
  }

  /** How many samples there is room for. */
  get slots(): number {
    return this.room;
  }

  /** Bytes that are allocated. */
  get bytes(): number {
    return this.bytesOf(this.room, this.capacity);
  }

  /** Bytes that would be allocated for so many samples, of which the longest has so many tokens. */
  bytesFor(samples: number, tokens: number): number {
    return this.bytesOf(samples, this.capacityFor(tokens));
  }

  /** How many tokens are remembered of each sample in use. */
  get lengths(): readonly number[] {
    return this.filled;
  }

  /** Makes room for a sample. @returns its slot. @throws InvalidArgumentError when all are in use */
  add(): number {
    if (this.filled.length === this.room) {
      throw new InvalidArgumentError(`all ${this.room} slots of the cache are in use`);
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

  /** Two samples change places. */
  exchange(one: number, other: number): void {
    this.requireSlot(one);
    this.requireSlot(other);
    const size = this.sampleSize;
    for (const data of this.layers.values()) {
      const kept = data.slice(one * size, (one + 1) * size);
      data.copyWithin(one * size, other * size, (other + 1) * size);
      data.set(kept, other * size);
    }
    const length = this.filled[one] as number;
    this.filled[one] = this.filled[other] as number;
    this.filled[other] = length;
  }

  /**
   * A sample is the first so many tokens of another from now on.
   * @throws InvalidArgumentError when the other has not so many
   */
  copy(from: number, to: number, tokens: number): void {
    this.requireSlot(from);
    this.requireSlot(to);
    const { heads, headSize } = this.shape;
    const held = this.filled[from] as number;
    if (tokens > held) throw new InvalidArgumentError(`${tokens} tokens of a sample that has ${held}`);
    const size = this.sampleSize;
    for (const data of this.layers.values()) {
      for (let head = 0; head < heads; head++) {
        const start = head * this.capacity * headSize;
        data.copyWithin(to * size + start, from * size + start, from * size + start + tokens * headSize);
      }
    }
    this.filled[to] = tokens;
  }

  /**
   * Makes room for so many samples, of which the longest has so many tokens, and gives back what is more.
   * @throws InvalidArgumentError when what is remembered would not fit
   */
  resize(samples: number, tokens: number): void {
    this.requireTokens(tokens);
    const [used, longest] = [this.filled.length, Math.max(0, ...this.filled)];
    if (samples < used || tokens < longest) {
      throw new InvalidArgumentError(
        `${used} samples of up to ${longest} tokens do not fit into ${samples} of ${tokens}`,
      );
    }
    this.reallocate(samples, this.capacityFor(tokens));
  }

  /** Forgets all but the first tokens of a sample. */
  truncate(slot: number, length: number): void {
    this.requireSlot(slot);
    this.filled[slot] = Math.min(length, this.filled[slot] as number);
  }

  /**
   * Inputs `lengths` [N], `keys_<layer>` and `values_<layer>` [N, heads, capacity, headSize] of samples side by side.
   * @param first slot; default the first
   * @param samples how many from there; default all
   */
  feeds(first = 0, samples = this.filled.length - first): Record<string, Tensor> {
    const { heads, headSize } = this.shape;
    const dims = [samples, heads, this.capacity, headSize];
    const start = first * this.sampleSize;
    const end = start + elementCount(dims);
    const lengths = this.filled.slice(first, first + samples);
    const feeds: Record<string, Tensor> = { lengths: int64([samples], lengths) };
    for (const [name, data] of this.layers) feeds[name] = float32(dims, data.subarray(start, end));
    return feeds;
  }

  /**
   * Remembers the new tokens of a run.
   * @param outputs `new_keys_<layer>` and `new_values_<layer>` [N, heads, S, headSize]
   * @param counts how many of the S tokens count, sample by sample; 0 leaves a sample as it is
   * @param first slot of the first sample of the run; default the first
   * @throws InvalidArgumentError when a sample would have more tokens than there are positions
   */
  store(outputs: Readonly<Record<string, Tensor>>, counts: readonly number[], first = 0): void {
    const next = this.filled.map((length, slot) => length + (counts[slot - first] ?? 0));
    const longest = Math.max(0, ...next);
    this.requireTokens(longest);
    if (longest > this.capacity) this.reallocate(this.room, this.capacityFor(longest));
    for (const [name, data] of this.layers) {
      const added = outputs[`new_${name}`] as Tensor<'float32'>;
      for (const [sample, count] of counts.entries())
        this.storeSample(data, first + sample, added, sample, count);
    }
    this.filled = next;
  }

  private storeSample(
    data: Float32Array,
    slot: number,
    added: Tensor<'float32'>,
    sample: number,
    count: number,
  ): void {
    const { heads, headSize } = this.shape;
    const rows = added.dims[2] as number;
    for (let head = 0; head < heads; head++) {
      const from = (sample * heads + head) * rows * headSize;
      const to = ((slot * heads + head) * this.capacity + (this.filled[slot] as number)) * headSize;
      data.set(added.data.subarray(from, from + count * headSize), to);
    }
  }

  private requireTokens(tokens: number): void {
    const { positions } = this.shape;
    if (tokens <= positions) return;
    throw new InvalidArgumentError(
      `a sample would have ${tokens} tokens, the cache has room for ${positions}`,
    );
  }

  private reallocate(room: number, capacity: number): void {
    if (room === this.room && capacity === this.capacity) return;
    const { heads, headSize } = this.shape;
    const [before, after] = [this.capacity * headSize, capacity * headSize];
    const kept = Math.min(before, after);
    this.room = room;
    this.capacity = capacity;
    for (const [name, data] of this.layers) {
      const other = this.allocated();
      for (let head = 0; head < this.filled.length * heads; head++) {
        other.set(data.subarray(head * before, head * before + kept), head * after);
      }
      this.layers.set(name, other);
    }
  }

  private allocated(): Float32Array {
    return new Float32Array(this.room * this.sampleSize);
  }

  /** Samples have room for a whole number of growths, or for every position. */
  private capacityFor(tokens: number): number {
    return Math.min(Math.max(1, Math.ceil(tokens / growth)) * growth, this.shape.positions);
  }

  private bytesOf(samples: number, capacity: number): number {
    const { layers, heads, headSize } = this.shape;
    return 2 * layers * samples * heads * capacity * headSize * Float32Array.BYTES_PER_ELEMENT;
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
