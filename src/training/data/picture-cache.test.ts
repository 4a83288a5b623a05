import { describe, expect, test } from 'vitest';
import { PictureCache } from './picture-cache.ts';

const pixels = (width: number) => ({ width, height: 1, data: new Uint8Array(width * 3) });

describe('PictureCache', () => {
  test('gives back what was put in, in its variant only', () => {
    const cache = new PictureCache(100);
    const picture = pixels(2);
    cache.put('a', '286', picture);
    expect(cache.get('a', '286')).toBe(picture);
    expect(cache.get('a', '256')).toBeUndefined();
    expect(cache.get('b', '286')).toBeUndefined();
  });

  test('never holds more bytes than its limit, and keeps what it has', () => {
    const cache = new PictureCache(30);
    cache.put('a', 'x', pixels(5));
    cache.put('b', 'x', pixels(6));
    cache.put('c', 'x', pixels(5));
    expect(cache.bytes).toBe(30);
    expect(cache.get('a', 'x')).toBeDefined();
    expect(cache.get('b', 'x')).toBeUndefined();
    expect(cache.get('c', 'x')).toBeDefined();
  });

  test('another variant takes the place of the old one', () => {
    const cache = new PictureCache(30);
    cache.put('a', 'x', pixels(10));
    cache.put('a', 'y', pixels(8));
    expect(cache.bytes).toBe(24);
    expect(cache.get('a', 'x')).toBeUndefined();
    expect(cache.get('a', 'y')).toBeDefined();
  });
});
