/** Items of one network. */
export interface NetworkItems {
  readonly network: string;
  readonly items: number;
}

/** Weight of the newest run in a moving average: about the last ten runs count. */
const smoothing = 0.2;

/**
 * How fast the lanes work off the items of each network, measured: what Retry-After and expected waits are computed
 * from. Networks are told apart because they differ by orders of magnitude: an encoder that takes a millisecond must
 * not be refused for the time of a generator that takes a second.
 */
export class DrainRate {
  readonly #millisecondsPerItem = new Map<string, number>();
  #overall: number | undefined;

  /** A run of `items` took `milliseconds` on one lane. */
  record({ network, items }: NetworkItems, milliseconds: number): void {
    const sample = milliseconds / items;
    this.#millisecondsPerItem.set(network, moved(this.#millisecondsPerItem.get(network), sample));
    this.#overall = moved(this.#overall, sample);
  }

  /**
   * Milliseconds until `work` is worked off by `lanes`; 0 before anything was measured. A network that has not run yet
   * counts as the average of those that have.
   * Time without requests does not count, so a quiet hour does not make the service look slow.
   * @param unknown items of which it is not known yet what they will run
   */
  millisecondsFor(work: Iterable<NetworkItems>, lanes: number, unknown = 0): number {
    const average = this.#overall ?? 0;
    let milliseconds = average * unknown;
    for (const { network, items } of work) {
      milliseconds += (this.#millisecondsPerItem.get(network) ?? average) * items;
    }
    return milliseconds / Math.max(1, lanes);
  }
}

function moved(before: number | undefined, sample: number): number {
  return before === undefined ? sample : before + smoothing * (sample - before);
}

/** A wait as whole seconds from 1 to 60, for Retry-After. */
export function retryAfter(milliseconds: number): number {
  return Math.min(60, Math.max(1, Math.ceil(milliseconds / 1000)));
}
