/** Runs what belongs to one key one after the other, in the order of asking; different keys run side by side. */
export class Sequence {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @returns what `work` returns; one that fails does not keep the next from running */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = result.catch(() => {});
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return result;
  }
}
