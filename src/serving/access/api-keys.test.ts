import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { apiKeyLine, createApiKey, findApiKey, parseApiKeys } from './api-keys.ts';

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');

describe('the file of keys', () => {
  it('holds names, hashes and rates, comments and empty lines', () => {
    const text = `# who\n\nalice ${hashOf('a')} # laptop\r\n  bob\t${hashOf('b').toUpperCase()} 120\n`;
    const keys = parseApiKeys(text, 'keys.txt');
    expect(keys.map(({ name, ratePerMinute }) => [name, ratePerMinute])).toEqual([
      ['alice', undefined],
      ['bob', 120],
    ]);
    expect(findApiKey(keys, 'a')?.name).toBe('alice');
    expect(findApiKey(keys, 'b')?.name).toBe('bob');
    expect(findApiKey(keys, 'c')).toBeUndefined();
    // The hash is no key.
    expect(findApiKey(keys, hashOf('a'))).toBeUndefined();
  });

  it('takes two keys of one name', () => {
    const keys = parseApiKeys(`a ${hashOf('old')}\na ${hashOf('new')} 5`, 'keys.txt');
    expect([findApiKey(keys, 'old')?.ratePerMinute, findApiKey(keys, 'new')?.ratePerMinute]).toEqual([
      undefined,
      5,
    ]);
  });

  it.each([
    ['a key in place of its hash', 'alice unpaired_secret'],
    ['no hash', 'alice'],
    ['a rate of zero', `alice ${hashOf('a')} 0`],
    ['a rate that is no number', `alice ${hashOf('a')} fast`],
    ['too much', `alice ${hashOf('a')} 5 6`],
    ['a name with other characters', `al/ice ${hashOf('a')}`],
  ])('%s is refused by its line, which is not quoted', (_what, line) => {
    const parse = () => parseApiKeys(`ok ${hashOf('x')}\n${line}`, 'keys.txt');
    expect(parse).toThrow('keys.txt, line 2: expected NAME SHA256');
    expect(parse).not.toThrow(/alice|secret/);
  });

  it('without any key is refused: nobody could get in', () => {
    expect(() => parseApiKeys('# none yet\n', 'keys.txt')).toThrow('keys.txt holds no key');
  });
});

it('a new key has 256 bits, and its line takes it', () => {
  const key = createApiKey();
  expect(Buffer.from(key.replace('unpaired_', ''), 'base64url')).toHaveLength(32);
  expect(apiKeyLine('alice', key)).toBe(`alice ${hashOf(key)}`);
  expect(() => apiKeyLine('a b', key)).toThrow('got "a b"');
});
