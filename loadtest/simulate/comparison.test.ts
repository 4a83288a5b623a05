import { expect, it } from 'vitest';
import { compareTargets } from './comparison.ts';
import { parseSimulateOptions } from './options.ts';
import { simulatePage } from './simulate-page.ts';
import { simulateText } from './simulate-text.ts';

const daily = ['--pattern', 'daily', '--duration', '1800', '--service-ms', '150', '--repeats', '2'];

it('simulates every combination and takes the cheapest that holds', () => {
  const comparison = compareTargets(
    parseSimulateOptions([
      ...daily,
      ...['--target-queued-per-replica', 'none,4', '--target-utilisation', 'none,0.5,0.7'],
    ]),
  );
  expect(comparison.results.map(({ name }) => name)).toEqual([
    'none',
    'utilisation 0.5',
    'utilisation 0.7',
    'queued 4',
    'queued 4, utilisation 0.5',
    'queued 4, utilisation 0.7',
  ]);
  const [none, ...scaled] = comparison.results;
  expect(none).toMatchObject({ holds: false, result: { changes: 0, mostReplicas: 2 } });
  expect(new Set(comparison.results.map(({ result }) => result.offered)).size).toBe(1);
  const cheapest = scaled
    .filter(({ holds }) => holds)
    .sort((one, other) => one.replicaMinutes - other.replicaMinutes)[0];
  expect(comparison.best).toBe(cheapest?.name);
  expect(simulateText(comparison)).toMatch(/^utilisation 0.5 .* [012] of 2$/m);
});

it('says when no target will do', () => {
  const comparison = compareTargets(
    parseSimulateOptions([...daily, '--max', '2', '--base', '90', '--peak', '90']),
  );
  expect(comparison.best).toBeUndefined();
  expect(simulateText(comparison)).toContain(
    'no target keeps the objective (p99 of 1000 ms and 1.0 % refused)',
  );
});

it.each([
  [['--pattern', 'noon'], '--pattern takes spike or daily or steps or constant, got "noon"'],
  [['--target-utilisation', '2'], '--target-utilisation takes a number from 0.01 to 1, got "2"'],
  [['--min', '3', '--max', '2'], '--max takes a number from 3 to 1000, got "2"'],
  [['--up', 'pods=2'], '--up takes policies as percent=100/30,pods=2/30 (of 30 seconds), got "pods=2"'],
  [['--duration', '600000', '--peak', '100'], 'may be 5000000 requests at most, got 60000000'],
  [['--service-ms', 'normal:3'], '--service-ms takes a number'],
])('%j is refused', (args, message) => {
  expect(() => parseSimulateOptions(args)).toThrow(message);
});

it('is drawn as a page of its own, without scripts and without anything from elsewhere', () => {
  const comparison = compareTargets(parseSimulateOptions(daily));
  const page = simulatePage({ ...comparison, trace: '<b>.csv' });
  expect(page).toContain('&lt;b&gt;.csv');
  expect(page.match(/<svg/g)).toHaveLength(5);
  expect(page).not.toMatch(/<script|https?:|NaN|undefined/);
});
