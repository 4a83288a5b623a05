/** How fast the lanes work off items, measured: what Retry-After and expected waits are computed from. */
export class DrainRate {
  /** Weight of the newest run in the moving average: about the last ten runs count. */
  static readonly #smoothing = 0.2;

  #millisecondsPerItem: number | undefined;

  /** A run of `items` took `milliseconds` on one lane. */
  record(items: number, milliseconds: number): void {
    const sample = milliseconds / items;
    const before = this.#millisecondsPerItem ?? sample;
    this.#millisecondsPerItem = before + DrainRate.#smoothing * (sample - before);
  }

  /**
   * Milliseconds until `items` are worked off by `lanes`; 0 before anything was measured.
   * Time without requests does not count, so a quiet hour does not make the service look slow.
   */
  millisecondsFor(items: number, lanes: number): number {
    return ((this.#millisecondsPerItem ?? 0) * items) / Math.max(1, lanes);
  }

  /** The same as whole seconds from 1 to 60, for Retry-After. */
  secondsFor(items: number, lanes: number): number {
    return Math.min(60, Math.max(1, Math.ceil(this.millisecondsFor(items, lanes) / 1000)));
  }
}
