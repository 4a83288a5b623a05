import type { Tensor } from '../core/tensor.ts';
import { KeptSequences } from './kept-sequences.ts';
import type { SequenceStep } from './lane-messages.ts';
import type { Session } from './session.ts';
import {
  answersOf,
  ownTokens,
  requireStepsOf,
  rowsOf,
  type StepItem,
  type StepsRun,
  tokensOf,
} from './step-rows.ts';
import { sharedTokens } from './token-history.ts';

/** What came of a run of steps. */
export interface StepsResult {
  /** Of each item, in the order of the steps, the output behind its last new token; zeros for those that are missing. */
  readonly outputs: Record<string, Tensor>;
  /** Indices of the steps that were not made, since what they go on from is not kept here. */
  readonly missing: readonly number[];
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
    const all = steps.map((step, index) => ({ step, index, shared: 0 }));
    const held = all.filter(({ step }) => step.position === 0 || kept.holds(step));
    const missing = all.filter((item) => !held.includes(item)).map(({ index }) => index);
    const [leading, following] = partedBySharing(kept, feeds, held);
    if (leading.length === 0) return { outputs: {}, missing };
    const first = await this.advance(kept, session, feeds, leading);
    const others = following.length === 0 ? [] : [await this.advance(kept, session, feeds, following)];
    return { outputs: answersOf([first, ...others], steps.length), missing };
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

  private async advance(
    kept: KeptSequences,
    session: Pick<Session, 'run'>,
    feeds: Readonly<Record<string, Tensor>>,
    held: readonly StepItem[],
  ): Promise<StepsRun> {
    const steps = held.map(({ step }) => step);
    this.makeRoom(kept, steps);
    kept.prepare(steps, this.ceilingBytes - this.bytes + kept.bytes);
    for (const { sequence } of steps) this.use(sequence, kept);
    const { first, order } = kept.bringTogether(steps.map(({ sequence }) => sequence));
    const items = order.map((name) => {
      const item = held.find(({ step }) => step.sequence === name) as StepItem;
      return { ...item, shared: beginsWith(feeds, item, (tokens) => kept.adopt(name, tokens)) };
    });
    const given = Object.entries(feeds).map(([name, tensor]) => [name, rowsOf(tensor, items)] as const);
    const outputs = await session.run({ ...Object.fromEntries(given), ...kept.feeds(first, items.length) });
    kept.store(outputs, items.map(ownTokens), first);
    for (const item of items) kept.note(item.step, tokensOf(feeds, item) ?? []);
    this.trim();
    return { outputs, items };
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

/**
 * Of sequences that begin in one run, those whose tokens another of them brings as well come in a run after it, when they
 * do not find as much in what is kept already.
 */
function partedBySharing(
  kept: KeptSequences,
  feeds: Readonly<Record<string, Tensor>>,
  held: readonly StepItem[],
): [leading: StepItem[], following: StepItem[]] {
  const [leading, following]: [StepItem[], StepItem[]] = [[], []];
  const brought: number[][] = [];
  for (const item of held) {
    const follows = beginsWith(feeds, item, (tokens) => {
      const fromOthers = Math.max(0, ...brought.map((others) => sharedTokens(tokens, others)));
      brought.push(tokens);
      return fromOthers - kept.shareable(item.step.sequence, tokens);
    });
    (follows > 0 ? following : leading).push(item);
  }
  return [leading, following];
}

/** What `use` makes of the tokens of an item that begins; 0 for others. */
function beginsWith(
  feeds: Readonly<Record<string, Tensor>>,
  item: StepItem,
  use: (tokens: number[]) => number,
): number {
  const tokens = item.step.position === 0 ? tokensOf(feeds, item) : undefined;
  return tokens === undefined ? 0 : use(tokens);
}
