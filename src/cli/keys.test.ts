import { afterEach, describe, expect, it, vi } from 'vitest';
import { findApiKey, parseApiKeys } from '../serving/access/api-keys.ts';
import { runProgram } from './program.ts';

afterEach(() => vi.restoreAllMocks());

/** Exit code of the command and what it wrote. */
async function run(...argv: string[]) {
  const written = { out: '', err: '' };
  const catching = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    written[stream] += text;
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(catching('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(catching('err'));
  const code = await runProgram(argv);
  return { code, ...written };
}

describe('unpaired keys new', () => {
  it('writes a line that takes the key, and the key apart from it', async () => {
    const { code, out, err } = await run('keys', 'new', 'alice');
    expect(code).toBe(0);
    const key = err.trim();
    expect(key).toMatch(/^unpaired_[\w-]{43}$/);
    expect(out).not.toContain(key);
    expect(findApiKey(parseApiKeys(out, 'keys.txt'), key)?.name).toBe('alice');
  });

  it('never makes the same key twice', async () => {
    expect((await run('keys', 'new', 'a')).err).not.toBe((await run('keys', 'new', 'a')).err);
  });

  it('refuses a name that would break the line', async () => {
    const { code, out, err } = await run('keys', 'new', 'two words');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('got "two words"');
  });
});
