/** How fast a client may ask. */
export interface Rate {
  /** Requests a minute in the long run. */
  readonly perMinute: number;
  /** Requests at once after a pause. */
  readonly burst: number;
}

/** What a client has left. */
export interface Allowance {
  readonly allowed: boolean;
  /** Requests that would be let in now. */
  readonly remaining: number;
  /** Seconds until the next request is let in; 0 when one would be now. */
  readonly nextSeconds: number;
  /** Seconds until the whole burst is there again. */
  readonly fullSeconds: number;
}

interface Bucket {
  tokens: number;
  /** Milliseconds at which `tokens` was right. */
  at: number;
}

/**
 * Token buckets, one a client: each holds `burst` requests, and is filled at `perMinute`. Memory is bounded: of more
 * clients than are remembered, those that asked longest ago are forgotten, which gives them a full bucket.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #capacity: number;
  readonly #now: () => number;

  /** @param capacity clients that are remembered */
  constructor({ capacity, now = () => performance.now() }: { capacity: number; now?: () => number }) {
    this.#capacity = capacity;
    this.#now = now;
  }

  /** Clients that are remembered now. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one request out of a client's bucket, if there is one. */
  take(client: string, { perMinute, burst }: Rate): Allowance {
    const perMillisecond = perMinute / 60_000;
    const at = this.#now();
    const before = this.#buckets.get(client) ?? { tokens: burst, at };
    const filled = Math.min(burst, before.tokens + (at - before.at) * perMillisecond);
    const allowed = filled >= 1;
    const tokens = allowed ? filled - 1 : filled;
    this.#remember(client, { tokens, at });
    const seconds = (missing: number) => Math.ceil(Math.max(0, missing) / perMillisecond / 1000);
    return {
      allowed,
      remaining: Math.floor(tokens),
      nextSeconds: seconds(1 - tokens),
      fullSeconds: seconds(burst - tokens),
    };
  }

  #remember(client: string, bucket: Bucket): void {
    // A map keeps the order in which its keys came: the first is the one that asked longest ago.
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size <= this.#capacity) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
