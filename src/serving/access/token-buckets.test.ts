import { describe, expect, it } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

function buckets(capacity = 100) {
  const clock = { now: 1000 };
  return { clock, buckets: new TokenBuckets({ capacity, now: () => clock.now }) };
}

const rate = { perMinute: 60, burst: 3 };

describe('token buckets', () => {
  it('let a burst in, then one request for each second', () => {
    const { clock, buckets: limiter } = buckets();
    const burst = [1, 2, 3, 4].map(() => limiter.take('a', rate));
    expect(burst.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
    expect(burst[3]).toMatchObject({ nextSeconds: 1, fullSeconds: 3 });
    clock.now += 999;
    expect(limiter.take('a', rate).allowed).toBe(false);
    clock.now += 1;
    expect(limiter.take('a', rate).allowed).toBe(true);
    expect(limiter.take('a', rate).allowed).toBe(false);
  });

  it('fill up to the burst and no further', () => {
    const { clock, buckets: limiter } = buckets();
    limiter.take('a', rate);
    clock.now += 3_600_000;
    expect(limiter.take('a', rate).remaining).toBe(2);
  });

  it('in the long run let in the rate, however hard a client tries', () => {
    const { clock, buckets: limiter } = buckets();
    let allowed = 0;
    for (let step = 0; step < 6000; step++, clock.now += 10) if (limiter.take('a', rate).allowed) allowed++;
    expect(allowed).toBe(60 + rate.burst - 1);
  });

  it('are apart from each other', () => {
    const { buckets: limiter } = buckets();
    for (let count = 0; count < 4; count++) limiter.take('a', rate);
    expect(limiter.take('b', rate).allowed).toBe(true);
  });

  it('take bounded memory: who asked longest ago is forgotten', () => {
    const { buckets: limiter } = buckets(3);
    for (let count = 0; count < 4; count++) limiter.take('busy', rate);
    for (let client = 0; client < 50; client++) {
      limiter.take(String(client), rate);
      expect(limiter.take('busy', rate).allowed).toBe(false);
    }
    expect(limiter.size).toBe(3);
  });
});
