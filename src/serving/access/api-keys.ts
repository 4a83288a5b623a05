import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { UnpairedError } from '../../core/errors.ts';

/** A key that the service takes; the key itself is known to its owner alone. */
export interface ApiKey {
  /** Whose it is; the log says it. */
  readonly name: string;
  /** SHA-256 of the key, 32 bytes. A key has 256 random bits, so that it needs neither salt nor slow hashing. */
  readonly sha256: Buffer;
  /** Requests a minute; undefined: RATE_LIMIT_PER_MINUTE. */
  readonly ratePerMinute?: number;
}

/** The file of keys cannot be read, or a line of it; says which line and what it should hold. */
export class ApiKeysError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'API_KEYS_INVALID', status: 500, ...options });
  }
}

const namePattern = /^[\w.-]{1,64}$/;
const lineShape = 'NAME SHA256 [REQUESTS_PER_MINUTE], the hash as 64 hexadecimal digits';

/** A new key: 256 random bits behind a prefix by which scanners of leaked secrets can know it. */
export function createApiKey(): string {
  return `unpaired_${randomBytes(32).toString('base64url')}`;
}

/**
 * The line of the file of keys for a key.
 * @throws ApiKeysError when the name has other characters than letters, digits, `.`, `_` and `-`
 */
export function apiKeyLine(name: string, key: string): string {
  if (!namePattern.test(name)) {
    throw new ApiKeysError(
      `the name of a key is 1 to 64 letters, digits, dots, dashes and underscores, got "${name}"`,
    );
  }
  return `${name} ${hashOf(key).toString('hex')}`;
}

/**
 * Reads a file of keys: a line a key, `#` begins a comment. Two lines may have one name, so that a key can be replaced
 * while the old one is still in use.
 * @throws ApiKeysError naming the line, never quoting it: it might hold a key by mistake
 */
export function parseApiKeys(text: string, file: string): ApiKey[] {
  const keys = text.split('\n').flatMap((line, index) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    return words[0] === '' ? [] : [parseLine(words, `${file}, line ${index + 1}`)];
  });
  if (keys.length === 0) throw new ApiKeysError(`${file} holds no key: nobody could use the service`);
  return keys;
}

function parseLine(words: readonly string[], where: string): ApiKey {
  const [name = '', hash = '', rate] = words;
  const ratePerMinute = Number(rate);
  const wellFormed =
    words.length <= 3 &&
    namePattern.test(name) &&
    /^[0-9a-f]{64}$/i.test(hash) &&
    (rate === undefined || (Number.isInteger(ratePerMinute) && ratePerMinute > 0));
  if (!wellFormed) throw new ApiKeysError(`${where}: expected ${lineShape}`);
  return { name, sha256: Buffer.from(hash, 'hex'), ...(rate === undefined ? {} : { ratePerMinute }) };
}

/**
 * The entry of a key that somebody sent. Hashes are compared, in constant time and with every entry, so that the time
 * tells neither how much of a key was right nor which entry it was.
 */
export function findApiKey(keys: readonly ApiKey[], presented: string): ApiKey | undefined {
  const hash = hashOf(presented);
  return keys.filter(({ sha256 }) => timingSafeEqual(sha256, hash))[0];
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
