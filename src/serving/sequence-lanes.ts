import type { LaneState } from './lanes.ts';

/** Which lane keeps each sequence: its steps are run there, with those of others that are. */
export class SequenceLanes {
  readonly #lanes = new Map<string, number>();

  /** How many sequences are under way. */
  get size(): number {
    return this.#lanes.size;
  }

  /**
   * The lane for the next step of a sequence: the one that has it, unless that is down, or the one with the fewest.
   * @param lanes all that there are
   */
  laneOf(sequence: string, lanes: readonly Pick<LaneState, 'state'>[]): number {
    const isUp = (lane: number) => lanes[lane]?.state === 'idle' || lanes[lane]?.state === 'busy';
    const current = this.#lanes.get(sequence);
    if (current !== undefined && isUp(current)) return current;
    const counts = lanes.map(() => 0);
    for (const lane of this.#lanes.values()) counts[lane] = (counts[lane] ?? 0) + 1;
    const order = [...lanes.keys()].sort(
      (a, b) => Number(isUp(b)) - Number(isUp(a)) || (counts[a] as number) - (counts[b] as number),
    );
    const chosen = order[0] ?? 0;
    this.#lanes.set(sequence, chosen);
    return chosen;
  }

  /** A sequence was run on a lane; one that is over meanwhile stays forgotten. */
  moved(sequence: string, lane: number): void {
    if (this.#lanes.has(sequence)) this.#lanes.set(sequence, lane);
  }

  forget(sequence: string): void {
    this.#lanes.delete(sequence);
  }
}
