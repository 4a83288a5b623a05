/** Adds up the time between the beginning and the end of being busy. */
export class BusyClock {
  private milliseconds = 0;
  private since: number | undefined;

  /** Including the time that is running. */
  get seconds(): number {
    const running = this.since === undefined ? 0 : performance.now() - this.since;
    return (this.milliseconds + running) / 1000;
  }

  /** Begins or ends the time; the state that it is in already changes nothing. */
  set(busy: boolean): void {
    if (busy) this.since ??= performance.now();
    else {
      this.milliseconds = this.seconds * 1000;
      this.since = undefined;
    }
  }
}
