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

it('asks for eight outputs of a picture, or as many as it is told', () => {
  expect(parseOptions(['outputs'])).toMatchObject({ benchmarks: ['outputs'], outputs: 8, rounds: 4 });
  expect(parseOptions(['outputs', '--outputs', '4']).outputs).toBe(4);
});

it('trains the methods that are named, or all', () => {
  expect(parseOptions(['methods', '--only', 'cut,enco']).rehearsed).toEqual(['cut', 'enco']);
  expect(parseOptions(['methods']).rehearsed).toContain('cyclegan');
});

it.each([
  [['trainings'], 'expected training, serving, outputs, prior, diffusion, methods, got "trainings"'],
  [['--seconds', '0'], '--seconds takes a whole number above 0, got "0"'],
  [['--sizes', '64,'], '--sizes takes a whole number above 0, got ""'],
  [['--preset', 'large'], '--preset takes published or small, got "large"'],
  [['--second', '3'], '--second'],
  [['prior', '--width', '100'], '--width takes a multiple of 32, got 100'],
  [
    ['methods', '--only', 'cut,cat'],
    '--only takes cut, fastcut, cyclegan, dclgan, simdcl, enco, drit, vq-i2i, got "cat"',
  ],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
