/**
 * Where the service is in its life. `serving`: ready. `draining`: told to stop, readiness fails so that load
 * balancers look elsewhere, requests are still served. `stopping`: new requests are refused, the ones in
 * flight finish. The order is one way.
 */
export type Phase = 'serving' | 'draining' | 'stopping';

const order: readonly Phase[] = ['serving', 'draining', 'stopping'];

export class Lifecycle {
  #phase: Phase = 'serving';
  #inFlight = 0;
  #waiting: (() => void)[] = [];

  get phase(): Phase {
    return this.#phase;
  }

  /** Moves on; never back. */
  advance(phase: Phase): void {
    if (order.indexOf(phase) > order.indexOf(this.#phase)) this.#phase = phase;
  }

  /** A request begins. */
  enter(): void {
    this.#inFlight++;
  }

  /** A request was answered, or its client has left. */
  leave(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves as soon as no request is in flight. */
  async idle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
