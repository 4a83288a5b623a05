import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { ConfigError, type ServingConfig } from './config.ts';

/** Shorter keys can be guessed. */
const shortest = 16;

export class AdminKeyMissingError extends UnpairedError {
  constructor() {
    super('send the admin key: Authorization: Bearer <key>', { code: 'ADMIN_KEY_MISSING', status: 401 });
  }
}

export class AdminKeyWrongError extends UnpairedError {
  constructor() {
    super('this is not the admin key', { code: 'ADMIN_KEY_WRONG', status: 403 });
  }
}

/** The key that administrators send. Only its hash is kept, and comparing takes as long for a wrong key as for the right one. */
export class AdminKey {
  readonly #hash: Buffer;

  /** @throws ConfigError for a key of less than 16 characters */
  constructor(variable: string, key: string) {
    if (key.length < shortest) {
      throw new ConfigError(`${variable} must hold at least ${shortest} characters, got ${key.length}`);
    }
    this.#hash = hashOf(key);
  }

  /**
   * @param authorization the header of the request
   * @throws AdminKeyMissingError, AdminKeyWrongError
   */
  require(authorization: string | undefined): void {
    const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw new AdminKeyMissingError();
    if (!timingSafeEqual(hashOf(key), this.#hash)) throw new AdminKeyWrongError();
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

type KeyConfig = Pick<ServingConfig, `ADMIN_KEY${'' | '_FILE'}`>;

/**
 * The key of the configuration: ADMIN_KEY, or the content of ADMIN_KEY_FILE.
 * @throws ConfigError when there is none, when there are two, or the file cannot be read; no message shows the key
 */
export function readAdminKey({ ADMIN_KEY: key, ADMIN_KEY_FILE: file }: KeyConfig): AdminKey {
  if ((key === '') === (file === '')) {
    throw new ConfigError(
      `ADMIN_PORT needs ADMIN_KEY or ADMIN_KEY_FILE, got ${key === '' ? 'neither' : 'both'}`,
    );
  }
  return key === '' ? new AdminKey('ADMIN_KEY_FILE', contentOf(file)) : new AdminKey('ADMIN_KEY', key);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(`ADMIN_KEY_FILE "${file}" cannot be read: ${messageOf(cause)}`);
  }
}
