/** Numbers the sessions of one version that are open at a time: the lowest free number, so that names stay few. */
export class Generations {
  readonly #taken = new Map<string, Set<number>>();

  /** @returns from 1 up */
  take(version: string): number {
    const taken = this.#taken.get(version) ?? new Set();
    let generation = 1;
    while (taken.has(generation)) generation++;
    this.#taken.set(version, taken.add(generation));
    return generation;
  }

  /** @returns true when the version has none left */
  free(version: string, generation: number): boolean {
    const taken = this.#taken.get(version);
    taken?.delete(generation);
    return (taken?.size ?? 0) > 0 ? false : this.#taken.delete(version);
  }
}
