import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { writeWhole } from '../../core/write-whole.ts';
import { ConfigError } from '../config.ts';
import { JobResultLostError } from './errors.ts';

export interface SpoolOptions {
  /** Folder for results alone; `auto`: a fresh one below the folder of temporary files. */
  readonly folder: string;
  /** Most bytes of all results together. */
  readonly maximumBytes: number;
  /** Writes a file whole or not at all. Default: writeWhole. */
  readonly write?: (file: string, bytes: Uint8Array) => Promise<void>;
}

/** Names of results, and of those that a process began to write when it was killed. */
const ownFile = /^\.?[0-9a-f-]{36}\.result(?:\.\d+\.partial)?$/;

/** The folder where results wait for their clients. Pictures are private: nobody else may read it. */
export class Spool {
  readonly maximumBytes: number;
  readonly #folder: string;
  readonly #write: (file: string, bytes: Uint8Array) => Promise<void>;
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  #closed = false;

  private constructor({ folder, maximumBytes, write = writeWhole }: SpoolOptions) {
    this.#folder = folder;
    this.maximumBytes = maximumBytes;
    this.#write = write;
  }

  /**
   * What an earlier process left in a folder of ours is removed; the jobs it belonged to have ended with that process.
   * @throws ConfigError when the folder cannot be used
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { folder } = options;
    // Made when the first result comes: most services never have a job.
    if (folder === 'auto')
      return new Spool({ ...options, folder: path.join(tmpdir(), `unpaired-jobs-${randomUUID()}`) });
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await removeOwnFiles(folder);
    } catch (error) {
      throw new ConfigError(
        `JOBS_DIR must be a folder that can be written to, got "${folder}": ${messageOf(error)}`,
      );
    }
    return new Spool(options);
  }

  /** Bytes of the results that are kept or being written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws JobResultLostError when there is no room, in the limit or on the disk; then nothing is kept */
  async keep(id: string, bytes: Uint8Array): Promise<void> {
    if (this.#bytes + bytes.length > this.maximumBytes) {
      throw new JobResultLostError(
        `its ${bytes.length} bytes and the ${this.#bytes} of others are more than JOBS_MAX_BYTES, ${this.maximumBytes}`,
      );
    }
    // Counted before it is written, so that results that come together do not all find the same room.
    this.#count(id, bytes.length);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#write(this.#fileOf(id), bytes);
      if (this.#closed) await this.close();
    } catch (error) {
      this.#discount(id);
      throw diskError(error);
    }
  }

  /** @throws JobResultLostError when the file has gone or cannot be read */
  async read(id: string): Promise<Buffer> {
    try {
      return await readFile(this.#fileOf(id));
    } catch (error) {
      throw diskError(error);
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#fileOf(id), { force: true });
    this.#discount(id);
  }

  /** Removes what it wrote, and the folder when nothing else is in it. */
  async close(): Promise<void> {
    this.#closed = true;
    await removeOwnFiles(this.#folder).catch(() => {});
    await rmdir(this.#folder).catch(() => {});
    this.#sizes.clear();
    this.#bytes = 0;
  }

  #count(id: string, size: number): void {
    this.#sizes.set(id, size);
    this.#bytes += size;
  }

  #discount(id: string): void {
    this.#bytes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
  }

  #fileOf(id: string): string {
    return path.join(this.#folder, `${id}.result`);
  }
}

async function removeOwnFiles(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names) if (ownFile.test(name)) await rm(path.join(folder, name), { force: true });
}

/** Clients read the system's code, and never where on this machine the folder is. */
function diskError(error: unknown): JobResultLostError {
  const { code } = error as { code?: unknown };
  const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : 'the disk failed';
  return new JobResultLostError(`${reason} (${String(code)})`, { cause: error });
}
