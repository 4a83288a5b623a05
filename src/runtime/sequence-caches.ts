import { allocate, type Tensor } from '../core/tensor.ts';
import { KeptSequences } from './kept-sequences.ts';
import type { SequenceStep } from './lane-messages.ts';
import { FeedsError, type Session } from './session.ts';

/** What came of a run of steps. */
export interface StepsResult {
  /** Of each item, in the order of the steps, the output behind its last new token; zeros for those that are missing. */
  readonly outputs: Record<string, Tensor>;
  /** Indices of the steps that were not made, since what they go on from is not kept here. */
  readonly missing: readonly number[];
}

/** An item of a run that is made. */
interface Item {
  readonly index: number;
  readonly step: SequenceStep;
}

/**
 * Keys and values of sequences, by model, so that a step brings its new tokens alone. Of all that is kept, what was used
 * longest ago goes first when it would be more than the ceiling. One run may take more, if its own sequences
 * do: then some of them are forgotten after it.
 */
export class SequenceCaches {
  private readonly ceilingBytes: number;
  private readonly models = new Map<string, KeptSequences>();
  /** By sequence, used longest ago first. */
  private readonly owners = new Map<string, KeptSequences>();

  constructor(ceilingBytes: number) {
    this.ceilingBytes = ceilingBytes;
  }

  /** Allocated for all that is kept. */
  get bytes(): number {
    return [...this.models.values()].reduce((sum, kept) => sum + kept.bytes, 0);
  }

  /**
   * Runs the steps that can go on from what is kept here.
   * @param key of the model
   * @param feeds all inputs but those of the cache, [N, S, ...] each
   * @param steps one an item, of as many sequences
   */
  async run(
    key: string,
    session: Pick<Session, 'inputs' | 'run'>,
    feeds: Readonly<Record<string, Tensor>>,
    steps: readonly SequenceStep[],
  ): Promise<StepsResult> {
    requireStepsOf(feeds, steps);
    const kept = this.models.get(key) ?? new KeptSequences(session.inputs);
    this.models.set(key, kept);
    const all = steps.map((step, index) => ({ step, index }));
    const held = all.filter(({ step }) => step.position === 0 || kept.holds(step));
    const missing = all.filter((item) => !held.includes(item)).map(({ index }) => index);
    if (held.length === 0) return { outputs: {}, missing };
    return { outputs: await this.advance(kept, session, feeds, held, steps.length), missing };
  }

  /** Forgets a sequence, kept here or not. */
  forget(sequence: string): void {
    this.owners.get(sequence)?.remove(sequence);
    this.owners.delete(sequence);
  }

  /** Forgets all sequences of a model. */
  forgetModel(key: string): void {
    const kept = this.models.get(key);
    this.models.delete(key);
    for (const [sequence, owner] of this.owners) if (owner === kept) this.owners.delete(sequence);
  }

  /** @param count items of the run, missing ones included */
  private async advance(
    kept: KeptSequences,
    session: Pick<Session, 'run'>,
    feeds: Readonly<Record<string, Tensor>>,
    held: readonly Item[],
    count: number,
  ): Promise<Record<string, Tensor>> {
    const steps = held.map(({ step }) => step);
    this.makeRoom(kept, steps);
    kept.prepare(steps, this.ceilingBytes - this.bytes + kept.bytes);
    for (const { sequence } of steps) this.use(sequence, kept);
    const { first, order } = kept.bringTogether(steps.map(({ sequence }) => sequence));
    const items = order.map((name) => held.find(({ step }) => step.sequence === name) as Item);
    const given = Object.entries(feeds).map(([name, tensor]) => [name, rowsOf(tensor, items)] as const);
    const outputs = await session.run({ ...Object.fromEntries(given), ...kept.feeds(first, items.length) });
    const counts = items.map(({ step }) => step.count);
    kept.store(outputs, counts, first);
    this.trim();
    const answers = Object.entries(outputs).filter(([name]) => !/^new_(?:keys|values)_\d+$/.test(name));
    return Object.fromEntries(answers.map(([name, tensor]) => [name, lastTokens(tensor, items, count)]));
  }

  private use(sequence: string, kept: KeptSequences): void {
    this.owners.delete(sequence);
    this.owners.set(sequence, kept);
  }

  /** Before a run: the sequences of others make way for its own. */
  private makeRoom(kept: KeptSequences, steps: readonly SequenceStep[]): void {
    const own = new Set(steps.map(({ sequence }) => sequence));
    const excess = () => this.bytes - kept.bytes + kept.bytesAfter(steps) - this.ceilingBytes;
    for (const [sequence, owner] of this.owners) {
      if (excess() <= 0) return;
      if (own.has(sequence)) continue;
      this.forget(sequence);
      if (owner !== kept) owner.shrink();
    }
  }

  /** After a run that had to take more than there may be. */
  private trim(): void {
    for (const [sequence, owner] of this.owners) {
      if (this.bytes <= this.ceilingBytes) return;
      this.forget(sequence);
      owner.shrink();
    }
  }
}

function requireStepsOf(feeds: Readonly<Record<string, Tensor>>, steps: readonly SequenceStep[]): void {
  const sequences = new Set(steps.map(({ sequence }) => sequence)).size;
  const items = Object.values(feeds).map(({ dims }) => dims[0]);
  if (sequences === steps.length && items.every((rows) => rows === steps.length)) return;
  throw new FeedsError(
    `steps of ${sequences} sequences, ${steps.length} in all, for inputs of ${items.join(', ')} items`,
  );
}

/** The rows of some items, in their order. */
function rowsOf({ dtype, dims, data }: Tensor, items: readonly Item[]): Tensor {
  const [rows = 1, ...rest] = dims;
  const size = data.length / rows;
  const taken = allocate(dtype, items.length * size);
  for (const [row, { index }] of items.entries()) copyRow({ dtype, dims, data }, index, taken, row, size);
  return { dtype, dims: [items.length, ...rest], data: taken };
}

/**
 * @param output [n, S, ...], rows as the items
 * @param count items of the whole run
 * @returns [count, ...], of each item what stands behind its last new token
 */
function lastTokens(output: Tensor, items: readonly Item[], count: number): Tensor {
  const [rows = 1, tokens = 1, ...rest] = output.dims;
  const size = output.data.length / (rows * tokens);
  const last = allocate(output.dtype, count * size);
  for (const [row, { index, step }] of items.entries()) {
    copyRow(output, row * tokens + step.count - 1, last, index, size);
  }
  return { dtype: output.dtype, dims: [count, ...rest], data: last };
}

/** `set` between arrays of one element type; the type of the union does not say that they are the same. */
function copyRow({ data }: Tensor, from: number, target: Tensor['data'], to: number, size: number): void {
  const row = data.subarray(from * size, (from + 1) * size) as Uint8Array;
  (target as Uint8Array).set(row, to * size);
}
