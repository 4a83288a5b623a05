import { describe, expect, it } from 'vitest';
import { sharedTokens, TokenHistory } from './token-history.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('sharedTokens', () => {
  it('counts leading tokens, never the last, and none when they are few', () => {
    expect(sharedTokens(upTo(20), upTo(20))).toBe(19);
    expect(sharedTokens(upTo(20), upTo(12))).toBe(12);
    expect(sharedTokens([...upTo(10), 1], [...upTo(10), 2, 3])).toBe(10);
    expect(sharedTokens(upTo(8), upTo(8))).toBe(0);
    expect(sharedTokens([5, ...upTo(20)], upTo(20))).toBe(0);
  });
});

describe('TokenHistory', () => {
  it('finds the sequence that shares most with one that begins, and not itself', () => {
    const history = new TokenHistory();
    history.goOn('a', 0, upTo(10));
    history.goOn('b', 0, upTo(9));
    history.goOn('b', 9, [9, 10, 11]);
    history.goOn('c', 0, upTo(30));
    expect(history.closest('c', upTo(30))).toEqual({ donor: 'b', shared: 12 });
    history.forget('b');
    expect(history.closest('c', upTo(30))).toEqual({ donor: 'a', shared: 10 });
    expect(history.closest('c', [7, ...upTo(30)])).toBeUndefined();
  });

  it('forgets what a sequence goes back behind, and what it cannot know', () => {
    const history = new TokenHistory();
    history.goOn('a', 0, upTo(20));
    history.goOn('a', 10, [100]);
    expect(history.closest('b', upTo(30))).toEqual({ donor: 'a', shared: 10 });
    history.goOn('a', 12, [12]);
    expect(history.closest('b', upTo(30))).toBeUndefined();
  });
});
