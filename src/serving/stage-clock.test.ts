import { expect, it } from 'vitest';
import { StageClock, serverTiming } from './stage-clock.ts';

it('adds up a stage that is met twice, and keeps the order of the stages', async () => {
  const clock = new StageClock();
  clock.add('run', 2);
  clock.add('decode', 1.234);
  clock.add('run', 3);
  expect(serverTiming(clock.timings)).toBe('decode;dur=1.23, run;dur=5.00');
});

it('times a stage also when it fails', async () => {
  const clock = new StageClock();
  const failing = clock.time('encode', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(clock.timings.encode).toBeGreaterThan(15);
});
