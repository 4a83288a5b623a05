/** Fewer tokens are not worth a run less of them. */
const fewestShared = 8;

/**
 * The tokens of the sequences whose keys and values are kept. Keys and values follow from the tokens up to theirs, so that
 * a sequence which begins as another one did can take them over: maps that are drawn at one time begin with the same
 * coordinates, and those of one picture with the same codes.
 */
export class TokenHistory {
  private readonly tokens = new Map<string, number[]>();

  /** The first so many tokens of a sequence stand, and these are behind them. */
  goOn(sequence: string, position: number, tokens: readonly number[]): void {
    const known = this.tokens.get(sequence) ?? [];
    // What was not told is not known, and neither is what follows it.
    if (known.length < position) {
      this.forget(sequence);
      return;
    }
    known.length = position;
    known.push(...tokens);
    this.tokens.set(sequence, known);
  }

  forget(sequence: string): void {
    this.tokens.delete(sequence);
  }

  /**
   * The other sequence that shares the most leading tokens with one that begins.
   * @returns also how many; undefined when they are not worth it
   */
  closest(sequence: string, tokens: readonly number[]): { donor: string; shared: number } | undefined {
    let best: { donor: string; shared: number } | undefined;
    for (const [donor, known] of this.tokens) {
      const shared = donor === sequence ? 0 : sharedTokens(tokens, known);
      if (shared > (best?.shared ?? 0)) best = { donor, shared };
    }
    return best;
  }
}

/**
 * How many leading tokens a sequence that begins need not compute, since another has them; 0 when they are too few. Its
 * last token always is: what is asked for stands behind it.
 */
export function sharedTokens(tokens: readonly number[], others: readonly number[]): number {
  const most = Math.min(tokens.length - 1, others.length);
  let shared = 0;
  while (shared < most && tokens[shared] === others[shared]) shared++;
  return shared < fewestShared ? 0 : shared;
}
