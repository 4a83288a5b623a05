import { encode, type Pixels, resizeTo, type Size } from '../../image/index.ts';

/** How a picture of a job looks so far. */
export interface Preview {
  /** Which of the job's pictures, from 0. */
  readonly index: number;
  /** Of the whole job, 0 to 1. */
  readonly progress: number;
  /** A small picture, as a data URL. */
  readonly image: string;
}

/** Shows previews to whoever watches. */
export interface PreviewWatcher {
  /** False: nobody would see one. */
  readonly watched: boolean;
  preview(preview: Preview): void;
}

/** A picture as far as it is made, in any size. */
export interface UnfinishedPicture {
  readonly index: number;
  readonly pixels: Pixels;
}

/** Most previews of a job. */
export const mostPreviews = 8;

/** Longest side in pixels: as text a preview is then a few kilobytes, of which a client may leave several unread. */
const longestSide = 128;

/**
 * Shows how the pictures of a job come on: a few times, evenly over its progress, one at a time, and only while somebody
 * watches. Whoever works offers what it has at every step and is never held up; a preview that cannot be made is left out.
 */
export class Previews {
  readonly #watcher: PreviewWatcher | undefined;
  #shown = 0;
  #busy = false;
  #over = false;

  constructor(watcher: PreviewWatcher | undefined) {
    this.#watcher = watcher;
  }

  /**
   * @param progress of the whole job, 0 to 1
   * @param make is called when a preview is due; `turn` counts them from 0
   */
  offer(progress: number, make: (turn: number) => Promise<UnfinishedPicture>): void {
    const due = Math.floor(progress * (mostPreviews + 1));
    if (due <= this.#shown || progress >= 1 || this.#busy || this.#over || !this.#watcher?.watched) return;
    this.#shown = due;
    this.#busy = true;
    void this.#show(this.#watcher, progress, () => make(due - 1));
  }

  /** Nothing is shown from now on. */
  end(): void {
    this.#over = true;
  }

  async #show(
    watcher: PreviewWatcher,
    progress: number,
    make: () => Promise<UnfinishedPicture>,
  ): Promise<void> {
    try {
      const { index, pixels } = await make();
      const image = await dataUrl(pixels);
      if (!this.#over) watcher.preview({ index, progress, image });
    } catch {
      // The job itself finds out what is wrong with its lanes.
    } finally {
      this.#busy = false;
    }
  }
}

async function dataUrl(pixels: Pixels): Promise<string> {
  const small = await resizeTo(pixels, smallSize(pixels));
  const bytes = await encode(small, { format: 'webp', quality: 60 });
  return `data:image/webp;base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}`;
}

function smallSize({ width, height }: Size): Size {
  const scale = Math.min(1, longestSide / Math.max(width, height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}
