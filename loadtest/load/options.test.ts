import { expect, it } from 'vitest';
import { parseLoadOptions } from './options.ts';

it('is an open loop at ten requests a second when nothing is said', () => {
  expect(parseLoadOptions([])).toMatchObject({
    url: undefined,
    plan: { kind: 'rate', rate: 10 },
    arrivals: 'poisson',
    seconds: 10,
    objective: { p99Milliseconds: 1000, failures: 0.01 },
    mix: {},
  });
});

it('reads plans, mix and headers', () => {
  expect(parseLoadOptions(['--clients', '3']).plan).toEqual({ kind: 'clients', clients: 3 });
  expect(parseLoadOptions(['--ramp', '1..50/s']).plan).toEqual({ kind: 'ramp', from: 1, to: 50 });
  const options = parseLoadOptions(['--sizes', '64x64:2', '--header', 'X-Key: a:b', '--header', 'b:c']);
  expect(options.mix).toEqual({ sizes: { '64x64': 2 } });
  expect(options.headers).toEqual({ 'x-key': 'a:b', b: 'c' });
});

it.each([
  [['--rate', '0'], '--rate takes a number of at least 0.01, got "0"'],
  [['--rate', '3', '--clients', '1'], '--rate, --clients and --ramp exclude each other'],
  [['--ramp', '9..3'], '--ramp takes two rates, the lower first, as 1..50, got "9..3"'],
  [['--ramp', '9'], '--ramp takes a number'],
  [['--seconds', '4000'], '--seconds takes a number from 0.1 to 3600, got "4000"'],
  [['--arrivals', 'fast'], '--arrivals takes poisson or uniform, got "fast"'],
  [['--failures', '1.5'], '--failures takes a number from 0 to 1, got "1.5"'],
  [['--rates', '1'], '--rates'],
])('%j is refused', (args, message) => {
  expect(() => parseLoadOptions(args)).toThrow(message);
});

it('does not repeat a header, which may be a secret', () => {
  expect(() => parseLoadOptions(['--header', 'sesame'])).toThrow(/^--header takes name:value$/);
});
