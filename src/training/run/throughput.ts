/** How fast the last steps went: a sliding window, so that a pause or a slow start is soon forgotten. */
export class Throughput {
  private readonly marks: { readonly seconds: number; readonly images: number }[] = [];
  private readonly windowSeconds: number;
  private readonly now: () => number;
  private images = 0;

  /**
   * @param options.windowSeconds Length of the window.
   * @param options.now A clock in seconds that never goes back.
   */
  constructor(options: { readonly windowSeconds?: number; readonly now?: () => number } = {}) {
    this.windowSeconds = options.windowSeconds ?? 60;
    this.now = options.now ?? (() => performance.now() / 1000);
    this.mark();
  }

  /** `images` more are done. */
  add(images: number): void {
    this.images += images;
    this.mark();
  }

  /** Images a second between the window's oldest and newest mark; 0 until the clock has moved. */
  perSecond(): number {
    const [oldest, newest] = [this.marks[0], this.marks.at(-1)];
    if (oldest === undefined || newest === undefined || newest.seconds <= oldest.seconds) return 0;
    return (newest.images - oldest.images) / (newest.seconds - oldest.seconds);
  }

  /** Keeps one mark beyond the window, so that a step longer than the window still has a beginning. */
  private mark(): void {
    const seconds = this.now();
    this.marks.push({ seconds, images: this.images });
    while (this.marks.length > 2 && (this.marks[1]?.seconds ?? seconds) <= seconds - this.windowSeconds) {
      this.marks.shift();
    }
  }
}
