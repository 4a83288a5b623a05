/**
 * Where the service is in its life. `serving`: ready. `draining`: told to stop, readiness fails so that load
 * balancers look elsewhere, requests are still served. `stopping`: new requests are refused, the ones in
 * flight finish. The order is one way.
 */
export type Phase = 'serving' | 'draining' | 'stopping';

const order: readonly Phase[] = ['serving', 'draining', 'stopping'];

export class Lifecycle {
  #phase: Phase = 'serving';

  get phase(): Phase {
    return this.#phase;
  }

  /** Moves on; never back. */
  advance(phase: Phase): void {
    if (order.indexOf(phase) > order.indexOf(this.#phase)) this.#phase = phase;
  }
}
