/** A replica of the service: lanes that each run one picture, and a bounded queue before them. */
export class Replica {
  readonly lanes: number;
  /** Arrival times of what waits, oldest first. */
  readonly #queue: number[] = [];
  readonly #queueLimit: number;
  #busy = 0;
  /** Seconds that lanes were busy until `since`, those that were taken already left out. */
  #busySeconds = 0;
  #since = 0;

  constructor({ lanes, queueLimit }: { readonly lanes: number; readonly queueLimit: number }) {
    this.lanes = lanes;
    this.#queueLimit = queueLimit;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get inside(): number {
    return this.#busy + this.#queue.length;
  }

  /** What becomes of a request that arrives now: a free lane takes it at once, or it waits, or there is no room (429). */
  offer(arrival: number): 'runs' | 'waits' | 'refused' {
    if (this.#busy < this.lanes) {
      this.#account(arrival);
      this.#busy++;
      return 'runs';
    }
    if (this.#queue.length >= this.#queueLimit) return 'refused';
    this.#queue.push(arrival);
    return 'waits';
  }

  /** A lane is done. Returns the arrival of the request that it takes next; undefined when none waits. */
  finish(now: number): number | undefined {
    const next = this.#queue.shift();
    if (next === undefined) {
      this.#account(now);
      this.#busy--;
    }
    return next;
  }

  /** Seconds that lanes were busy since this was last asked, each lane counted. */
  takeBusySeconds(now: number): number {
    this.#account(now);
    const taken = this.#busySeconds;
    this.#busySeconds = 0;
    return taken;
  }

  #account(now: number): void {
    this.#busySeconds += this.#busy * (now - this.#since);
    this.#since = now;
  }
}
