import { expect, it, vi } from 'vitest';
import { StyleCodes, styleKey } from './style-codes.ts';

const image = { width: 16, height: 16, flexible: true, multipleOf: 4, maximumPixels: 256 };
const model = { name: 'many', version: '1', image };

it('forgets the code that was unused for longest', () => {
  const codes = new StyleCodes(2);
  codes.keep('a', [1]);
  codes.keep('b', [2]);
  expect(codes.find('a', model)).toEqual([1]);
  codes.keep('c', [3]);
  expect([codes.size, codes.find('b', model)]).toEqual([2, undefined]);
  expect([codes.find('a', model), codes.find('c', model)]).toEqual([[1], [3]]);
});

it('counts what it knew and what not', () => {
  const observer = vi.fn();
  const codes = new StyleCodes(1, observer);
  codes.find('a', model);
  codes.keep('a', [1]);
  codes.find('a', model);
  expect(observer.mock.calls).toEqual([
    [{ model: 'many', outcome: 'miss' }],
    [{ model: 'many', outcome: 'hit' }],
  ]);
});

it('keeps nothing when it may keep nothing', () => {
  const codes = new StyleCodes(0);
  codes.keep('a', [1]);
  expect([codes.size, codes.find('a', model)]).toEqual([0, undefined]);
});

it('names a picture by its content and by all that its code depends on', async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const keys = await Promise.all([
    styleKey(bytes, model, 'network'),
    styleKey(Uint8Array.of(1, 2, 4), model, 'network'),
    styleKey(bytes, { ...model, name: 'other' }, 'network'),
    styleKey(bytes, { ...model, version: '2' }, 'network'),
    styleKey(bytes, model, 'network that was overwritten in place'),
    styleKey(bytes, { ...model, image: { ...image, width: 32 } }, 'network'),
    styleKey(bytes, { ...model, image: { ...image, flexible: false } }, 'network'),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
  // A part of a larger buffer has the key of its own bytes.
  const part = Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4);
  expect(await styleKey(part, model, 'network')).toBe(keys[0]);
});
