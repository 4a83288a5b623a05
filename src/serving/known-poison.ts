import { createHash } from 'node:crypto';
import type { NamedTensors } from './batcher.ts';
import type { Work } from './work.ts';

/** Runs that are remembered; a client that sends more kinds of poison is for its rate limit. */
const capacity = 64;
/** Long enough for clients that try again, short enough for a fault that was the device's. */
const memoryMilliseconds = 180_000;

/** What is asked of the lanes, with the key that a run of its network and shapes has. */
interface Asked {
  readonly key: string;
  readonly work: Pick<Work, 'feeds' | 'step'>;
}

interface Remembered {
  readonly key: string;
  readonly digest: string;
  readonly until: number;
  readonly reason: unknown;
}

/**
 * Runs that have killed lanes, by the checksum of their inputs: the same picture sent again, in whatever format, fails as
 * it did and kills no more. Another version of the model has another key, and is tried. Inputs are hashed only
 * while a run of their network and shapes is remembered. What a step of a sequence does is not in its inputs alone: steps are
 * neither remembered nor refused.
 */
export class KnownPoison {
  #known: Remembered[] = [];

  /** @param reason what it failed with */
  remember({ key, work }: Asked, reason: unknown): void {
    if (work.step !== undefined) return;
    const until = performance.now() + memoryMilliseconds;
    this.#known.push({ key, digest: digestOf(work.feeds), until, reason });
    if (this.#known.length > capacity) this.#known.shift();
  }

  /** What a run failed with a little while ago; undefined when it did not. */
  reasonAgainst({ key, work }: Asked): unknown {
    const now = performance.now();
    this.#known = this.#known.filter(({ until }) => now < until);
    const alike = this.#known.filter((each) => each.key === key);
    if (alike.length === 0 || work.step !== undefined) return undefined;
    const digest = digestOf(work.feeds);
    return alike.find((each) => each.digest === digest)?.reason;
  }
}

/** The key holds names, types and shapes already. */
function digestOf(feeds: NamedTensors): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(feeds).sort()) {
    const { buffer, byteOffset, byteLength } = (feeds[name] as NamedTensors[string]).data;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
