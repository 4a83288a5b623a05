import type { NamedTensors } from '../batcher.ts';

/**
 * A loop of runs of one network whose state travels with the feeds, such as the steps of a diffusion. At every step it
 * shares a run with all others that are under way on its lane, however far each is and whenever it came; if its lane is
 * lost, the step at hand is run on another, and nothing before it is lost.
 */
export interface LoopRuns {
  /** Queues a step and waits for its outputs; the next is to be asked for at once. Rejects when the client has left. */
  run(feeds: NamedTensors): Promise<NamedTensors>;
  /** The loop is over, however it ended. */
  end(): void;
}
