import { webcrypto } from 'node:crypto';
import type { ReadyModel } from '../open-package.ts';
import type { AttributeCode } from './attribute-code.ts';

/** Told of each style picture that a model's code is looked up for. */
export type StyleObserver = (lookup: { model: string; outcome: 'hit' | 'miss' }) => void;

/** What a style picture's code depends on, beside the picture. */
export type StyleReader = Pick<ReadyModel, 'name' | 'version' | 'image'>;

/**
 * Codes of the style pictures that were met last, by the pictures' content: clients send the same few again and again, and
 * a code is a few numbers where a picture is a decoding and a run.
 */
export class StyleCodes {
  readonly #limit: number;
  readonly #observer: StyleObserver;
  /** In the order of their last use, oldest first. */
  readonly #codes = new Map<string, AttributeCode>();

  /** @param limit codes that are kept; 0: none */
  constructor(limit: number, observer: StyleObserver = () => {}) {
    this.#limit = limit;
    this.#observer = observer;
  }

  get size(): number {
    return this.#codes.size;
  }

  /** Looks a picture's code up; what was found becomes the newest. */
  find(key: string, { name }: StyleReader): AttributeCode | undefined {
    const code = this.#codes.get(key);
    this.#observer({ model: name, outcome: code === undefined ? 'miss' : 'hit' });
    if (code !== undefined) this.keep(key, code);
    return code;
  }

  keep(key: string, code: AttributeCode): void {
    this.#codes.delete(key);
    this.#codes.set(key, code);
    const [oldest] = this.#codes.keys();
    if (this.#codes.size > this.#limit && oldest !== undefined) this.#codes.delete(oldest);
  }
}

/**
 * Names a picture as a model sees it: by the picture's bytes, the model's version, the network that reads it (a version may be
 * overwritten in place) and what is done to the picture before. Hashed on libuv's pool: large pictures would hold up
 * the thread that serves HTTP.
 */
export async function styleKey(
  picture: Uint8Array,
  { name, version, image }: StyleReader,
  readerSha256: string,
): Promise<string> {
  const digest = Buffer.from(
    await webcrypto.subtle.digest('SHA-256', picture as Uint8Array<ArrayBuffer>),
  ).toString('base64');
  const { width, height, flexible, multipleOf, maximumPixels } = image;
  const preprocessing = [width, height, flexible, multipleOf, maximumPixels];
  return [digest, name, version, readerSha256, ...preprocessing].join('|');
}
