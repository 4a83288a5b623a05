import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { drawWeighted, mixOf, parseWeights } from './mix.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-mix-'));
afterAll(() => rmSync(folder, { recursive: true }));
const mixFile = (content: unknown) => {
  const file = path.join(folder, 'mix.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
};

it('reads weights, 1 where none is given', () => {
  expect(parseWeights('--formats', 'jpeg:3, png,webp:0.5')).toEqual({ jpeg: 3, png: 1, webp: 0.5 });
});

it.each(['', 'jpeg:', 'jpeg:x', 'jpeg:-1', 'jpeg:0', ':3'])('refuses "%s"', (text) => {
  expect(() => parseWeights('--formats', text)).toThrow('--formats takes names with weights of at least 0');
});

it('takes a file, outranked by options', () => {
  const mix = mixFile({ sizes: { '64x64': 2 }, formats: { png: 1 } });
  expect(mixOf({ mix, formats: 'webp' })).toEqual({ sizes: { '64x64': 2 }, formats: { webp: 1 } });
  expect(() => mixOf({ mix: mixFile({ size: { '64x64': 2 } }) })).toThrow(
    'expected models, sizes, formats, send',
  );
  expect(() => mixOf({ mix: mixFile({ sizes: ['64x64'] }) })).toThrow('sizes takes names with weights');
  expect(() => mixOf({ mix: mixFile(3) })).toThrow('expected an object');
  expect(() => mixOf({ mix: path.join(folder, 'none') })).toThrow('cannot be read');
});

it('draws as often as the weights say', () => {
  const random = Random.of(1, 'draws');
  const drawn = Array.from({ length: 4000 }, () => drawWeighted({ a: 3, b: 1, c: 0 }, random));
  // Mean 3000, standard deviation 27.
  expect(Math.abs(drawn.filter((name) => name === 'a').length - 3000)).toBeLessThan(110);
  expect(drawn).not.toContain('c');
});
