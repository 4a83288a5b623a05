/** Weight of the newest step in a moving average: about the last ten count. */
const smoothing = 0.2;

/** How long a step takes on a lane that has so many loops. */
interface Pace {
  readonly loops: number;
  readonly milliseconds: number;
}

/**
 * How long steps of loops take, measured from the end of one to the end of the next: waiting, and what their clients do
 * between two, included. It is kept for each number of loops that a lane has had, since only measuring tells what company
 * costs: nothing where runs of many take no longer, and as much again where lanes go through them in turn.
 */
export class LoopPace {
  readonly #ends = new Map<string, number>();
  /** By network, then by the loops that its lane had. */
  readonly #averages = new Map<string, Map<number, number>>();

  /**
   * A step has ended.
   * @param loops that its lane has
   * @param now on the clock of performance.now()
   */
  ended(loop: string, network: string, loops: number, now = performance.now()): void {
    const before = this.#ends.get(loop);
    this.#ends.set(loop, now);
    if (before === undefined) return;
    const averages = this.#averages.get(network) ?? new Map<number, number>();
    const average = averages.get(loops) ?? now - before;
    averages.set(loops, average + smoothing * (now - before - average));
    this.#averages.set(network, averages);
  }

  leave(loop: string): void {
    this.#ends.delete(loop);
  }

  /**
   * Of a step on a lane that has so many loops: between two numbers that were measured on the line from one to the other, and
   * beyond the largest in proportion.
   * @param alone of a loop that has its lane for itself, until that was measured
   */
  millisecondsOf(network: string, loops: number, alone: number): number {
    const measured = new Map([[1, alone], ...(this.#averages.get(network) ?? [])]);
    const known = [...measured].map(([count, milliseconds]): Pace => ({ loops: count, milliseconds }));
    known.sort((a, b) => a.loops - b.loops);
    const above = known.find((pace) => pace.loops >= loops);
    const below = known.findLast((pace) => pace.loops <= loops) ?? { loops: 1, milliseconds: alone };
    if (above === undefined) return (below.milliseconds * loops) / below.loops;
    if (above.loops === below.loops) return above.milliseconds;
    const share = (loops - below.loops) / (above.loops - below.loops);
    return below.milliseconds + share * (above.milliseconds - below.milliseconds);
  }
}
