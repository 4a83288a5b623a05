import { expect, it } from 'vitest';
import { Signal } from './signal.ts';

it('tells means of the scrapes in the windows, the last one where a window has none', () => {
  const signal = new Signal({
    queued: 4,
    queuedWindowSeconds: 30,
    utilisation: 0.7,
    utilisationWindowSeconds: 60,
  });
  expect(signal.readings(0)).toEqual([]);
  for (const [time, queued] of [
    [15, 1],
    [30, 3],
    [45, 8],
    [60, 12],
  ] as const)
    signal.scrape({ time, queued, utilisation: queued / 4 });
  expect(signal.readings(61)).toEqual([
    { total: 10, targetPerReplica: 4 },
    { total: 1.5, targetPerReplica: 0.7 },
  ]);
  expect(signal.readings(500)[0]).toEqual({ total: 12, targetPerReplica: 4 });
});

it('leaves out what has no target', () => {
  const signal = new Signal({
    queued: 4,
    queuedWindowSeconds: 0,
    utilisation: undefined,
    utilisationWindowSeconds: 0,
  });
  signal.scrape({ time: 15, queued: 2, utilisation: 1 });
  expect(signal.readings(20)).toEqual([{ total: 2, targetPerReplica: 4 }]);
});
