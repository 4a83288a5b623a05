import type { Pixels } from '../../image/index.ts';

interface Entry {
  readonly variant: string;
  readonly pixels: Pixels;
}

/**
 * Pictures kept decoded and resized, within a number of bytes.
 *
 * What is in stays in, and nothing new is let in when it is full: training goes through all pictures in turn, so that
 * dropping the oldest would drop the one that is needed soonest, whereas this keeps its share of hits in each epoch.
 * A picture is held in one variant (size) only; a new one takes the place of the old one.
 */
export class PictureCache {
  private readonly entries = new Map<string, Entry>();
  private readonly limit: number;
  private used = 0;

  /** @param limit bytes of pixels; 0 keeps nothing */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes of pixels held. */
  get bytes(): number {
    return this.used;
  }

  get(file: string, variant: string): Pixels | undefined {
    const entry = this.entries.get(file);
    return entry?.variant === variant ? entry.pixels : undefined;
  }

  put(file: string, variant: string, pixels: Pixels): void {
    this.remove(file);
    if (this.used + pixels.data.byteLength > this.limit) return;
    this.entries.set(file, { variant, pixels });
    this.used += pixels.data.byteLength;
  }

  private remove(file: string): void {
    this.used -= this.entries.get(file)?.pixels.data.byteLength ?? 0;
    this.entries.delete(file);
  }
}
