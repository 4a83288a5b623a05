import type { Batch } from './batch.ts';
import type { NetworkItems } from './drain-rate.ts';
import { ExpectedRuns, type ExpectedSteps } from './expected-runs.ts';
import type { LaneRun, Lanes } from './lanes.ts';
import { LoopPace } from './loop-pace.ts';
import { SequenceLanes } from './sequence-lanes.ts';
import type { Work } from './work.ts';

/**
 * The sequences and loops whose steps are being made, each step a run of its own: on which lane, how long one takes in what
 * company, and how many are still to come.
 */
export class StepsUnderWay {
  readonly #lanes: Pick<Lanes, 'lanes'>;
  readonly #sequences = new SequenceLanes();
  readonly #pace = new LoopPace();
  readonly #expected = new ExpectedRuns();

  constructor(lanes: Pick<Lanes, 'lanes'>) {
    this.#lanes = lanes;
  }

  /** What requests will still run. */
  get toCome(): readonly NetworkItems[] {
    return this.#expected.all;
  }

  /**
   * A request says how many steps it will make of a network, and how many of them at a time: so others are told when to come
   * back, and know what company they will have.
   */
  expect(network: string, steps: number, sideBySide: number): ExpectedSteps {
    return this.#expected.add(network, steps, sideBySide);
  }

  /**
   * Milliseconds that a step of each loop takes when so many more are begun, by what steps of the network have taken in such
   * company. Those that were admitted and are still to begin count as well.
   * @param alone of a run of the network, until a loop has had a lane for itself
   */
  millisecondsOf(network: string, more: number, alone: number): number {
    const others = Math.max(this.#sequences.size, this.#expected.sideBySide);
    const onEachLane = Math.ceil((others + more) / Math.max(1, this.#lanes.lanes.length));
    return this.#pace.millisecondsOf(network, onEachLane, alone);
  }

  /** The lane for the next step; undefined for work that is none. */
  laneFor({ step, loop }: Work): number | undefined {
    const { lanes } = this.#lanes;
    if (step !== undefined) return this.#sequences.laneOf(step.sequence, lanes);
    return loop === undefined ? undefined : this.#sequences.laneOfLoop(loop, lanes);
  }

  /** A run has ended, whichever lane has made it in the end. */
  made({ network, steps, entries }: Batch, { lane }: LaneRun): void {
    for (const { sequence } of steps ?? []) this.#sequences.moved(sequence, lane);
    for (const { work } of entries) {
      if (work.loop === undefined) continue;
      this.#pace.ended(work.loop, network, this.#sequences.countBeside(work.loop));
    }
  }

  /** A sequence or a loop is over, however it ended. */
  end(name: string): void {
    this.#sequences.forget(name);
    this.#pace.leave(name);
  }
}
