import { describe, expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../tensor.ts';
import { KeyValueCache } from './key-value-cache.ts';

const shape = { layers: 2, heads: 2, positions: 3, headSize: 1 };

/** What a run over `samples` gives for `count` new tokens; every number says whence it comes: layer, kind, sample, head, token. */
function outputsOf(samples: number, count: number, first = 1): Record<string, Tensor> {
  const entries = [0, 1].flatMap((layer) =>
    ['keys', 'values'].map((kind, kindIndex) => {
      const values = Array.from({ length: samples * 2 * count }, (_, index) => {
        const [sample, head] = [Math.floor(index / (2 * count)), Math.floor(index / count) % 2];
        const token = first + (index % count);
        return layer * 10000 + kindIndex * 1000 + sample * 100 + head * 10 + token;
      });
      return [`new_${kind}_${layer}`, float32([samples, 2, count, 1], values)] as const;
    }),
  );
  return Object.fromEntries(entries);
}

function cacheOf(samples: number): KeyValueCache {
  const cache = new KeyValueCache(shape, 4);
  for (let sample = 0; sample < samples; sample++) cache.add();
  return cache;
}

describe('KeyValueCache', () => {
  it('feeds the samples in use, layer by layer', () => {
    const feeds = cacheOf(2).feeds();
    expect(Object.keys(feeds)).toEqual(['lengths', 'keys_0', 'values_0', 'keys_1', 'values_1']);
    expect(feeds.keys_1?.dims).toEqual([2, 2, 3, 1]);
  });

  it('writes new tokens behind the old ones, as many of each sample as count', () => {
    const cache = cacheOf(2);
    cache.store(outputsOf(2, 2), [2, 1]);
    cache.store(outputsOf(2, 1, 3), [1, 0]);
    expect(cache.lengths).toEqual([3, 1]);
    const feeds = cache.feeds();
    expect(toNumbers(feeds.lengths as Tensor)).toEqual([3, 1]);
    expect(toNumbers(feeds.keys_0 as Tensor)).toEqual([1, 2, 3, 11, 12, 13, 101, 0, 0, 111, 0, 0]);
    expect(toNumbers(feeds.values_1 as Tensor).slice(0, 6)).toEqual([
      11001, 11002, 11003, 11011, 11012, 11013,
    ]);
  });

  it('makes room as samples grow, and moves nothing of them', () => {
    const long = new KeyValueCache({ ...shape, positions: 100 }, 2);
    for (let sample = 0; sample < 2; sample++) long.add();
    long.store(outputsOf(2, 64), [64, 1]);
    expect(long.feeds().keys_0?.dims).toEqual([2, 2, 64, 1]);
    long.store(outputsOf(2, 1, 65), [1, 1]);
    const feeds = long.feeds();
    expect(feeds.keys_0?.dims).toEqual([2, 2, 100, 1]);
    const head = (index: number) => toNumbers(feeds.values_1 as Tensor).slice(index * 100, (index + 1) * 100);
    expect([head(0)[0], head(0)[63], head(0)[64], head(0)[65]]).toEqual([11001, 11064, 11065, 0]);
    expect(head(1)[64]).toBe(11075);
    expect(head(2).slice(0, 3)).toEqual([11101, 11165, 0]);
  });

  it('moves the last sample into the slot of one that leaves', () => {
    const cache = cacheOf(3);
    cache.store(outputsOf(3, 2), [1, 1, 2]);
    cache.remove(0);
    expect(cache.lengths).toEqual([2, 1]);
    expect(toNumbers(cache.feeds().keys_0 as Tensor)).toEqual([
      201, 202, 0, 211, 212, 0, 101, 0, 0, 111, 0, 0,
    ]);
    cache.remove(1);
    expect(cache.lengths).toEqual([2]);
    expect(cache.add()).toBe(1);
    expect(cache.lengths).toEqual([2, 0]);
  });

  it('feeds and stores samples that lie side by side, wherever they begin', () => {
    const cache = cacheOf(4);
    cache.store(outputsOf(4, 1), [1, 1, 1, 1]);
    cache.store(outputsOf(2, 1, 2), [1, 1], 1);
    expect(cache.lengths).toEqual([1, 2, 2, 1]);
    const feeds = cache.feeds(1, 2);
    expect(toNumbers(feeds.lengths as Tensor)).toEqual([2, 2]);
    expect(feeds.keys_0?.dims).toEqual([2, 2, 3, 1]);
    expect(toNumbers(feeds.keys_0 as Tensor)).toEqual([101, 2, 0, 111, 12, 0, 201, 102, 0, 211, 112, 0]);
    expect(toNumbers(cache.feeds(3).values_1 as Tensor)).toEqual([11301, 0, 0, 11311, 0, 0]);
  });

  it('begins a sample as another did', () => {
    const cache = cacheOf(2);
    cache.store(outputsOf(2, 3), [2, 3]);
    const before = toNumbers(cache.feeds().values_1 as Tensor);
    cache.copy(1, 0, 2);
    expect(cache.lengths).toEqual([2, 3]);
    const after = toNumbers(cache.feeds().values_1 as Tensor);
    expect(after).toEqual([11101, 11102, 0, 11111, 11112, 0, ...before.slice(6)]);
    expect(() => cache.copy(0, 1, 3)).toThrow('3 tokens of a sample that has 2');
  });

  it('lets two samples change places', () => {
    const cache = cacheOf(3);
    cache.store(outputsOf(3, 2), [1, 1, 2]);
    const before = cache.feeds();
    const [kept, moved] = [toNumbers(before.values_1 as Tensor), toNumbers(before.values_1 as Tensor)];
    moved.splice(0, 6, ...kept.slice(12));
    moved.splice(12, 6, ...kept.slice(0, 6));
    cache.exchange(0, 2);
    expect(cache.lengths).toEqual([2, 1, 1]);
    expect(toNumbers(cache.feeds().values_1 as Tensor)).toEqual(moved);
    cache.exchange(1, 1);
    expect(toNumbers(cache.feeds().values_1 as Tensor)).toEqual(moved);
    expect(() => cache.exchange(0, 3)).toThrow('slot must be in [0, 3), got 3');
  });

  it('takes and gives back room, and says how many bytes', () => {
    const cache = new KeyValueCache({ ...shape, positions: 100 }, 1);
    expect(cache.bytes).toBe(2 * 2 * 1 * 2 * 64 * 4);
    cache.add();
    cache.store(outputsOf(1, 65), [65]);
    expect(cache.bytes).toBe(2 * 2 * 1 * 2 * 100 * 4);
    const numbers = toNumbers(cache.feeds().keys_1 as Tensor);
    cache.resize(3, 65);
    cache.add();
    expect([cache.slots, cache.bytes]).toEqual([3, cache.bytesFor(3, 70)]);
    expect(toNumbers(cache.feeds(0, 1).keys_1 as Tensor)).toEqual(numbers);
    cache.truncate(0, 5);
    cache.resize(2, 5);
    expect(cache.bytes).toBe(cache.bytesFor(2, 64));
    expect(toNumbers(cache.feeds(0, 1).keys_1 as Tensor).slice(0, 6)).toEqual([
      10001, 10002, 10003, 10004, 10005, 10006,
    ]);
    expect(() => cache.resize(1, 5)).toThrow('2 samples of up to 5 tokens do not fit into 1 of 5');
    expect(() => cache.resize(2, 4)).toThrow('do not fit into 2 of 4');
    expect(() => cache.resize(2, 101)).toThrow('the cache has room for 100');
    for (let sample = 0; sample < 2; sample++) cache.remove(0);
    cache.resize(0, 0);
    expect(cache.bytes).toBe(0);
  });

  it('goes back to the first tokens of a sample', () => {
    const cache = cacheOf(1);
    cache.store(outputsOf(1, 3), [3]);
    cache.truncate(0, 1);
    cache.store(outputsOf(1, 1, 9), [1]);
    expect(toNumbers(cache.feeds().keys_0 as Tensor)).toEqual([1, 9, 3, 11, 19, 13]);
    expect(cache.lengths).toEqual([2]);
    cache.truncate(0, 5);
    expect(cache.lengths).toEqual([2]);
  });

  it('refuses more samples, more tokens, and slots that are not in use', () => {
    const cache = cacheOf(4);
    expect(() => cache.add()).toThrow('all 4 slots of the cache are in use');
    cache.store(outputsOf(4, 2), [2, 0, 0, 0]);
    expect(() => cache.store(outputsOf(4, 2), [2, 0, 0, 0])).toThrow(
      'a sample would have 4 tokens, the cache has room for 3',
    );
    expect(cache.lengths).toEqual([2, 0, 0, 0]);
    expect(() => cacheOf(1).remove(1)).toThrow('slot must be in [0, 1), got 1');
    expect(() => cacheOf(1).truncate(-1, 0)).toThrow('got -1');
  });
});
