import { type CacheShape, KeyValueCache } from '../core/code-map/key-value-cache.ts';
import type { Tensor } from '../core/tensor.ts';
import type { SequenceStep } from './lane-messages.ts';
import { FeedsError, type TensorSignature } from './session.ts';
import { TokenHistory } from './token-history.ts';

/** The sequences of one model whose keys and values a lane keeps. */
export class KeptSequences {
  private readonly cache: KeyValueCache;
  /** By slot of the cache. */
  private readonly names: string[] = [];
  private readonly history = new TokenHistory();

  /** @param inputs of the model: see `codeStepGraph`. @throws FeedsError when the model keeps nothing */
  constructor(inputs: readonly TensorSignature[]) {
    this.cache = new KeyValueCache(cacheShape(inputs), 0);
  }

  get bytes(): number {
    return this.cache.bytes;
  }

  /** Whether a step can go on from what is kept. */
  holds({ sequence, position }: SequenceStep): boolean {
    const slot = this.names.indexOf(sequence);
    return slot >= 0 && position <= (this.cache.lengths[slot] as number);
  }

  /** Bytes that these sequences, and the steps when they have been made, take at least. */
  bytesAfter(steps: readonly SequenceStep[]): number {
    return this.cache.bytesFor(...this.sizeAfter(steps));
  }

  /**
   * Makes room for steps, begins the sequences that begin, and goes back to the positions of the others: what a run
   * that was lost had added is forgotten.
   * @param budget bytes up to which there may be room for sequences to come
   */
  prepare(steps: readonly SequenceStep[], budget: number): void {
    const [samples, tokens] = this.sizeAfter(steps);
    const ample = samples <= this.cache.slots ? this.cache.slots : samples + Math.floor(samples / 2);
    this.cache.resize(this.cache.bytesFor(ample, tokens) <= budget ? ample : samples, tokens);
    for (const { sequence, position } of steps) {
      if (!this.names.includes(sequence)) this.names[this.cache.add()] = sequence;
      this.cache.truncate(this.names.indexOf(sequence), position);
      this.history.goOn(sequence, position, []);
    }
  }

  /** How many of the tokens that a sequence begins with are kept of another. */
  shareable(sequence: string, tokens: readonly number[]): number {
    return this.history.closest(sequence, tokens)?.shared ?? 0;
  }

  /** A sequence that begins takes over what is kept of another. @returns of how many of its tokens */
  adopt(sequence: string, tokens: readonly number[]): number {
    const closest = this.history.closest(sequence, tokens);
    if (closest === undefined) return 0;
    const { donor, shared } = closest;
    this.cache.copy(this.names.indexOf(donor), this.names.indexOf(sequence), shared);
    this.history.goOn(sequence, 0, tokens.slice(0, shared));
    return shared;
  }

  /** A step was made, with these tokens. @param tokens none when they do not say all */
  note({ sequence, position }: SequenceStep, tokens: readonly number[]): void {
    this.history.goOn(sequence, position, tokens);
  }

  /**
   * Moves sequences to places side by side, where a run can read them without a copy. Those that ran together last
   * lie so already.
   * @returns the first of these places, and the sequences in their order there
   */
  bringTogether(sequences: readonly string[]): { first: number; order: readonly string[] } {
    const wanted = new Set(sequences);
    const count = sequences.length;
    const inside = (first: number) => this.names.slice(first, first + count);
    const found = (first: number) => inside(first).filter((name) => wanted.has(name)).length;
    const firsts = Array.from({ length: this.names.length - count + 1 }, (_, first) => first);
    const first = firsts.reduce((best, each) => (found(each) > found(best) ? each : best), 0);
    const strangers = inside(first).filter((name) => !wanted.has(name));
    const absent = sequences.filter((name) => !inside(first).includes(name));
    for (const [index, name] of absent.entries()) this.exchange(name, strangers[index] as string);
    return { first, order: inside(first) };
  }

  /** Inputs of a run of sequences side by side, beside the tokens. */
  feeds(first: number, count: number): Record<string, Tensor> {
    return this.cache.feeds(first, count);
  }

  /** Remembers the new tokens of a run. @param counts how many of each sequence count */
  store(outputs: Readonly<Record<string, Tensor>>, counts: readonly number[], first: number): void {
    this.cache.store(outputs, counts, first);
  }

  /** Forgets a sequence, kept or not. Its room is kept for others, as long as half of all is used. */
  remove(sequence: string): void {
    const slot = this.names.indexOf(sequence);
    if (slot < 0) return;
    this.cache.remove(slot);
    this.history.forget(sequence);
    const last = this.names.pop() as string;
    if (slot < this.names.length) this.names[slot] = last;
    if (2 * this.names.length <= this.cache.slots) this.shrink();
  }

  /** Gives back all room that is not used. */
  shrink(): void {
    this.cache.resize(...this.sizeAfter([]));
  }

  private sizeAfter(steps: readonly SequenceStep[]): [samples: number, tokens: number] {
    const samples = new Set([...this.names, ...steps.map(({ sequence }) => sequence)]).size;
    const lengths = steps.map(({ position, count }) => position + count);
    return [samples, Math.max(0, ...this.cache.lengths, ...lengths)];
  }

  private exchange(one: string, other: string): void {
    const [a, b] = [this.names.indexOf(one), this.names.indexOf(other)];
    this.cache.exchange(a, b);
    this.names[a] = other;
    this.names[b] = one;
  }
}

/** How many tokens a sequence may have is for those who send them. */
function cacheShape(inputs: readonly TensorSignature[]): CacheShape {
  const layers = inputs.filter(({ name }) => /^keys_\d+$/.test(name));
  const [, heads, , headSize] = layers[0]?.shape ?? [];
  if (typeof heads !== 'number' || typeof headSize !== 'number') {
    const names = inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
    throw new FeedsError(
      `a model that goes on with sequences has inputs keys_0 [samples, heads, capacity, size of a head], got ${names}`,
    );
  }
  return { layers: layers.length, heads, headSize, positions: Number.POSITIVE_INFINITY };
}
