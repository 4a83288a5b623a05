import { InternalError } from '../errors.ts';
import { Random } from '../random.ts';

/** A place of the path that is known. */
interface Known {
  readonly time: number;
  readonly values: Float32Array;
}

/** From a later time of the forward process to an earlier one. */
interface Stretch {
  readonly noisier: Known;
  readonly cleaner: Known;
  middle?: Known;
}

/**
 * The noise of ancestral steps, so that a seed means the same picture whatever the number of steps.
 *
 * Given the clean picture x, the reverse process leaves u = (y - signal x) signal / deviation^2 with independent
 * increments, whose variance is the gain in the signal to noise ratio: u is a Brownian motion in that ratio. Steps over
 * intervals of one path are thus coarser and finer views of one process, and each step's noise by itself, over its
 * standard deviation, is standard normal.
 *
 * The path is drawn from its ends inwards, every middle between what is known around it (Levy's construction), from a
 * random stream of its own: no more is computed than what is asked for, and the order of questions changes nothing.
 */
export class BrownianPath {
  private readonly ratio: Float64Array;
  private readonly draw: (time: number) => Float32Array;
  private readonly stretches: Stretch[];

  /**
   * @param alphaBar of every time of the schedule
   * @param length numbers in a picture
   * @param key names the path: a seed and labels
   */
  constructor(
    alphaBar: Float64Array,
    length: number,
    [seed, ...labels]: readonly [number, ...(string | number)[]],
  ) {
    this.ratio = alphaBar.map((kept) => kept / (1 - kept));
    this.draw = (time) => Random.of(seed, ...labels, 'path', time).normals(length);
    const last = alphaBar.length - 1;
    const deviation = Math.sqrt(this.gain(last, 0));
    const cleaner = { time: 0, values: this.draw(0).map((value) => value * deviation) };
    this.stretches = [{ noisier: { time: last, values: new Float32Array(length) }, cleaner }];
  }

  /** Standard normal noise of the step from a time to an earlier one. */
  noise(from: number, to: number): Float32Array {
    const scale = 1 / Math.sqrt(this.gain(from, to));
    const [start, end] = [this.at(from), this.at(to)];
    return end.map((value, index) => (value - (start[index] as number)) * scale);
  }

  private gain(from: number, to: number): number {
    return (this.ratio[to] as number) - (this.ratio[from] as number);
  }

  private at(time: number): Float32Array {
    while (!holds(this.innermost, time)) this.stretches.pop();
    for (let stretch = this.innermost; ; stretch = this.innermost) {
      const known = [stretch.noisier, stretch.cleaner].find((end) => end.time === time);
      if (known !== undefined) return known.values;
      stretch.middle ??= this.between(stretch);
      const { middle, noisier, cleaner } = stretch;
      this.stretches.push(time >= middle.time ? { noisier, cleaner: middle } : { noisier: middle, cleaner });
    }
  }

  private get innermost(): Stretch {
    const stretch = this.stretches.at(-1);
    if (stretch === undefined) throw new InternalError('a noise path has no such time');
    return stretch;
  }

  /** A Brownian bridge's value in between, whose mean lies on the line and whose variance is a b / (a + b). */
  private between({ noisier, cleaner }: Stretch): Known {
    const time = Math.floor((noisier.time + cleaner.time) / 2);
    const [before, after] = [this.gain(noisier.time, time), this.gain(time, cleaner.time)];
    const share = before / (before + after);
    const deviation = Math.sqrt(share * after);
    const values = this.draw(time).map((normal, index) => {
      const [start, end] = [noisier.values[index] as number, cleaner.values[index] as number];
      return start + share * (end - start) + deviation * normal;
    });
    return { time, values };
  }
}

function holds({ noisier, cleaner }: Stretch, time: number): boolean {
  return time <= noisier.time && time >= cleaner.time;
}
