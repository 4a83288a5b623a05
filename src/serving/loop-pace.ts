/** Weight of the newest step in a moving average: about the last ten count. */
const smoothing = 0.2;

/**
 * How long steps of loops take, measured from the end of one to the end of the next: waiting, and what their clients do
 * between two, included. It is kept as the share of one of the loops that a lane has, since lanes go through these in turn.
 */
export class LoopPace {
  readonly #ends = new Map<string, number>();
  readonly #shares = new Map<string, number>();

  /**
   * A step has ended.
   * @param loops that its lane has
   * @param now on the clock of performance.now()
   */
  ended(loop: string, network: string, loops: number, now = performance.now()): void {
    const before = this.#ends.get(loop);
    this.#ends.set(loop, now);
    if (before === undefined) return;
    const share = (now - before) / Math.max(1, loops);
    const average = this.#shares.get(network) ?? share;
    this.#shares.set(network, average + smoothing * (share - average));
  }

  leave(loop: string): void {
    this.#ends.delete(loop);
  }

  /** Of one loop; undefined before two steps of one have ended. */
  millisecondsOf(network: string): number | undefined {
    return this.#shares.get(network);
  }
}
