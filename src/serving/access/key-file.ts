import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../core/errors.ts';
import { type ApiKey, ApiKeysError, findApiKey, parseApiKeys } from './api-keys.ts';

export interface KeyFileOptions {
  readonly file: string;
  /** The file changed and was read again: the number of keys, or why the old ones stay in force. */
  readonly onReload: (outcome: { readonly keys: number } | { readonly failure: string }) => void;
  /** Milliseconds between two looks at the file. Default 2000. */
  readonly interval?: number;
}

/**
 * The keys of a file that is read again whenever it changes, so that a key can be given out or taken back without a
 * restart. Looked at by its date and not by a signal: a mounted Kubernetes secret changes without one.
 */
export class KeyFile {
  readonly #file: string;
  readonly #onReload: KeyFileOptions['onReload'];
  #keys: readonly ApiKey[];

  private constructor({ file, onReload }: KeyFileOptions, keys: readonly ApiKey[]) {
    this.#file = file;
    this.#onReload = onReload;
    this.#keys = keys;
  }

  /** @throws ApiKeysError */
  static async open(options: KeyFileOptions): Promise<KeyFile> {
    const opened = new KeyFile(options, await readKeys(options.file));
    watchFile(options.file, { interval: options.interval ?? 2000, persistent: false }, opened.#reload);
    return opened;
  }

  find(presented: string): ApiKey | undefined {
    return findApiKey(this.#keys, presented);
  }

  close(): void {
    unwatchFile(this.#file, this.#reload);
  }

  readonly #reload = async (): Promise<void> => {
    try {
      this.#keys = await readKeys(this.#file);
      this.#onReload({ keys: this.#keys.length });
    } catch (thrown) {
      this.#onReload({ failure: messageOf(thrown) });
    }
  };
}

async function readKeys(file: string): Promise<ApiKey[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ApiKeysError(`API_KEYS_FILE ${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  return parseApiKeys(text, file);
}
