import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';

it('measures everything when nothing is named', () => {
  const options = parseOptions([]);
  expect(options).toMatchObject({ benchmarks: ['training', 'serving'], sizes: [128, 64], clients: 16 });
  expect(options.requests).toBeUndefined();
});

it('takes names and options in any order', () => {
  const options = parseOptions(['--requests', '200', 'serving', '--json', '--sizes=64,32']);
  expect(options).toMatchObject({ benchmarks: ['serving'], requests: 200, json: true, sizes: [64, 32] });
});

it.each([
  [['trainings'], 'expected training or serving, got "trainings"'],
  [['--seconds', '0'], '--seconds takes a whole number above 0, got "0"'],
  [['--sizes', '64,'], '--sizes takes a whole number above 0, got ""'],
  [['--preset', 'large'], '--preset takes published or small, got "large"'],
  [['--second', '3'], '--second'],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
