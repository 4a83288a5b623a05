/** How fast things were done lately: a sliding window, so that a pause or a slow start is soon forgotten. */
export class Throughput {
  private readonly marks: { readonly seconds: number; readonly total: number }[] = [];
  private readonly windowSeconds: number;
  private readonly now: () => number;
  private total = 0;

  /**
   * @param options.windowSeconds Length of the window.
   * @param options.now A clock in seconds that never goes back.
   */
  constructor(options: { readonly windowSeconds?: number; readonly now?: () => number } = {}) {
    this.windowSeconds = options.windowSeconds ?? 60;
    this.now = options.now ?? monotonicSeconds;
    this.mark();
  }

  /** `count` more (images, steps) are done. */
  add(count: number): void {
    this.total += count;
    this.mark();
  }

  /** How many a second between the window's oldest and newest mark; 0 until the clock has moved. */
  perSecond(): number {
    const [oldest, newest] = [this.marks[0], this.marks.at(-1)];
    if (oldest === undefined || newest === undefined || newest.seconds <= oldest.seconds) return 0;
    return (newest.total - oldest.total) / (newest.seconds - oldest.seconds);
  }

  /** Keeps one mark beyond the window, so that a step longer than the window still has a beginning. */
  private mark(): void {
    const seconds = this.now();
    this.marks.push({ seconds, total: this.total });
    while (this.marks.length > 2 && (this.marks[1]?.seconds ?? seconds) <= seconds - this.windowSeconds) {
      this.marks.shift();
    }
  }
}

/** Seconds on a clock that never goes back. */
export function monotonicSeconds(): number {
  return performance.now() / 1000;
}
