/** A replica of the service: lanes that each run one picture, and a bounded queue before them. */
export class Replica {
  readonly lanes: number;
  /** Arrival times of what waits, oldest first. */
  readonly #queue: number[] = [];
  readonly #queueLimit: number;
  #busy = 0;

  constructor({ lanes, queueLimit }: { readonly lanes: number; readonly queueLimit: number }) {
    this.lanes = lanes;
    this.#queueLimit = queueLimit;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get busy(): number {
    return this.#busy;
  }

  get inside(): number {
    return this.#busy + this.#queue.length;
  }

  /** What becomes of a request: a free lane takes it at once, or it waits, or there is no room (429). */
  offer(arrival: number): 'runs' | 'waits' | 'refused' {
    if (this.#busy < this.lanes) {
      this.#busy++;
      return 'runs';
    }
    if (this.#queue.length >= this.#queueLimit) return 'refused';
    this.#queue.push(arrival);
    return 'waits';
  }

  /** A lane is done. Returns the arrival of the request that it takes next; undefined when none waits. */
  finish(): number | undefined {
    const next = this.#queue.shift();
    if (next === undefined) this.#busy--;
    return next;
  }
}
