import type { SequenceStep } from '../../runtime/index.ts';
import type { NamedTensors } from '../batcher.ts';

/** How the steps of a request's sequences are run by one network, whose keys and values stay on the lanes. */
export interface SequenceRuns {
  /**
   * Queues a step and waits for its outputs; rejects when the client has left.
   * @param feeds of one item: the tokens, filled up behind those that count
   * @returns what stands behind the last token that counts, one item; undefined when no lane has the sequence any more
   */
  step(feeds: NamedTensors, step: SequenceStep): Promise<NamedTensors | undefined>;
  /** The sequence is over. */
  forget(sequence: string): void;
}
