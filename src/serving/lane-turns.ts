/** What waits for a lane: runs that any lane may do, and steps of the sequences and loops that are its own. */
type Kind = 'single' | 'steps';

/** A lane as it was given work. */
interface LaneTurn {
  readonly index: number;
  singles: number;
  steps: number;
  /** Its steps have ended, and the sequences are about to ask for their next. */
  settling: boolean;
}

/**
 * Whose turn it is on each lane. **The rule:** a lane has one batch of steps at hand at most, and while both kinds of work
 * wait for it they take turns, batch by batch. So a run of one request waits for one step on its lane at most, however
 * many sequences there are and however long they take; and a sequence makes a step after each such run at
 * the latest (after the runs that were handed to the lane before it asked, when it prefetches), however many of them
 * wait. Within its kind, work goes in the order of rank.
 *
 * When steps end, those that come next are put together once every sequence of theirs has asked: so sequences that have
 * come together stay together, a new one joins at the next step, and one that is over has left by then. What is said of
 * sequences holds for loops.
 */
export class LaneTurns {
  readonly #runsOfLane: number;
  readonly #turns: LaneTurn[] = [];

  /** @param runsOfLane that a lane is given at once */
  constructor(runsOfLane: number) {
    this.#runsOfLane = runsOfLane;
  }

  /** Lanes that take another batch, those with the fewest first. @param lanes how many there are */
  withRoom(lanes: number): readonly number[] {
    const turns = Array.from({ length: lanes }, (_, lane) => this.#of(lane));
    return turns
      .filter((turn) => atHand(turn) < this.#runsOfLane)
      .sort((a, b) => atHand(a) - atHand(b))
      .map(({ index }) => index);
  }

  /** Kinds of work that a lane may be given now, in this order. */
  order(lane: number): readonly Kind[] {
    const { steps, settling } = this.#of(lane);
    // While steps settle, other work that waits has its turn.
    return steps > 0 || settling ? ['single'] : ['steps', 'single'];
  }

  begin(lane: number, kind: Kind): void {
    const turn = this.#of(lane);
    turn[kind === 'steps' ? 'steps' : 'singles']++;
  }

  end(lane: number, kind: Kind): void {
    const turn = this.#of(lane);
    turn[kind === 'steps' ? 'steps' : 'singles']--;
    turn.settling = kind === 'steps';
  }

  /** Every sequence whose step has ended has asked for the next. */
  settle(lane: number): void {
    this.#of(lane).settling = false;
  }

  #of(index: number): LaneTurn {
    this.#turns[index] ??= { index, singles: 0, steps: 0, settling: false };
    return this.#turns[index];
  }
}

function atHand({ singles, steps }: LaneTurn): number {
  return singles + steps;
}
