import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Interval of the ticks that are watched. */
const resolutionMilliseconds = 10;

/** How late a thread was, in seconds. */
interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Watches the event loop of this thread. Node records the whole gaps between ticks, the interval of the timer among them, and
 * so do prom-client's nodejs_eventloop_lag_*, which never go below 10 ms; here it is taken off.
 * @returns tells the delays since it was last asked, and begins anew
 */
export function monitorDelay(): () => Delay {
  const gaps = monitorEventLoopDelay({ resolution: resolutionMilliseconds });
  gaps.enable();
  return () => {
    const delay = {
      p50: lateness(gaps.percentile(50)),
      p99: lateness(gaps.percentile(99)),
      max: lateness(gaps.max),
    };
    gaps.reset();
    return delay;
  };
}

/** Seconds of a gap, in nanoseconds, beyond the interval. */
function lateness(gap: number): number {
  return Math.max(0, gap / 1e9 - resolutionMilliseconds / 1000);
}
