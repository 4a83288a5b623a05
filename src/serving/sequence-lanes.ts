import type { LaneState } from './lanes.ts';

type Lane = Pick<LaneState, 'state'>;

/** Which lane does the steps of each sequence and of each loop: so they share runs with the others that are there. */
export class SequenceLanes {
  readonly #lanes = new Map<string, number>();

  /** How many sequences and loops are under way. */
  get size(): number {
    return this.#lanes.size;
  }

  /**
   * The lane for the next step of a sequence: the one that has it, unless that is down, or the one with the fewest.
   * @param lanes all that there are
   */
  laneOf(sequence: string, lanes: readonly Lane[]): number {
    const current = this.#lanes.get(sequence);
    if (current !== undefined && isUp(lanes[current])) return current;
    return this.#move(sequence, this.#emptiest(lanes));
  }

  /** The same for a loop, of which no lane keeps anything: it moves to where there are fewer, as others end. */
  laneOfLoop(loop: string, lanes: readonly Lane[]): number {
    const current = this.laneOf(loop, lanes);
    const emptiest = this.#emptiest(lanes);
    const surplus = this.#countOn(current) - this.#countOn(emptiest);
    return surplus > 1 && isUp(lanes[emptiest]) ? this.#move(loop, emptiest) : current;
  }

  /** How many are on the lane of this one, itself included; 0 when it is over. */
  countBeside(sequence: string): number {
    const lane = this.#lanes.get(sequence);
    return lane === undefined ? 0 : this.#countOn(lane);
  }

  /** A sequence was run on a lane; one that is over meanwhile stays forgotten. */
  moved(sequence: string, lane: number): void {
    if (this.#lanes.has(sequence)) this.#lanes.set(sequence, lane);
  }

  forget(sequence: string): void {
    this.#lanes.delete(sequence);
  }

  #move(sequence: string, lane: number): number {
    this.#lanes.set(sequence, lane);
    return lane;
  }

  /** Of those that are up, if any is. */
  #emptiest(lanes: readonly Lane[]): number {
    const order = [...lanes.keys()].sort(
      (a, b) =>
        Number(isUp(lanes[b])) - Number(isUp(lanes[a])) || this.#countOn(a) - this.#countOn(b) || a - b,
    );
    return order[0] ?? 0;
  }

  #countOn(lane: number): number {
    let count = 0;
    for (const each of this.#lanes.values()) if (each === lane) count++;
    return count;
  }
}

function isUp(lane: Lane | undefined): boolean {
  return lane?.state === 'idle' || lane?.state === 'busy';
}
