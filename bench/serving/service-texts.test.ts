import { expect, it } from 'vitest';
import { metricValue, parseServerTiming } from './service-texts.ts';

it('reads the stages of Server-Timing in their order', () => {
  const stages = parseServerTiming('decode;dur=3.10, queue;dur=0.20, run;dur=751.00');
  expect([...stages]).toEqual([
    ['decode', 3.1],
    ['queue', 0.2],
    ['run', 751],
  ]);
  expect(parseServerTiming('').size).toBe(0);
});

it('reads a metric by its whole name', () => {
  const text = [
    '# HELP unpaired_event_loop_delay_seconds help',
    'unpaired_event_loop_delay_seconds{statistic="p99"} 0.011',
    'nodejs_eventloop_lag_seconds 0.0004',
    'process_cpu_seconds_total 1.5e-3',
  ].join('\n');
  expect(metricValue(text, 'nodejs_eventloop_lag_seconds')).toBe(0.0004);
  expect(metricValue(text, 'unpaired_event_loop_delay_seconds{statistic="p99"}')).toBe(0.011);
  expect(metricValue(text, 'process_cpu_seconds_total')).toBe(0.0015);
  expect(() => metricValue(text, 'nodejs_eventloop')).toThrow('no metric nodejs_eventloop');
});
