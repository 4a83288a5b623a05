import { ModelUnknownError, VersionUnknownError } from './catalog-errors.ts';
import type { ModelEntry } from './model-entry.ts';
import { compareVersions, type ModelFolder } from './model-folder.ts';

/** The versions of every model that were looked at, newest first. */
export class ModelList {
  readonly #models = new Map<string, ModelEntry[]>();

  get entries(): readonly ModelEntry[] {
    return [...this.#models.values()].flat();
  }

  has(name: string): boolean {
    return this.#models.has(name);
  }

  /**
   * Versions of a name, newest first; at least one.
   * @throws ModelUnknownError
   */
  versionsOf(name: string): readonly ModelEntry[] {
    const entries = this.#models.get(name);
    if (entries === undefined) throw new ModelUnknownError(name, [...this.#models.keys()]);
    return entries;
  }

  /**
   * The entry that answers for a name, or for one version of it: the newest that is ready, else the newest.
   * @throws ModelUnknownError, VersionUnknownError
   */
  describe(name: string, version?: string): ModelEntry {
    const entries = this.versionsOf(name);
    if (version === undefined) return (entries.find(({ ready }) => ready) ?? entries[0]) as ModelEntry;
    const entry = entries.find((each) => each.version === version);
    if (entry) return entry;
    throw new VersionUnknownError(
      name,
      version,
      entries.map((each) => each.version),
    );
  }

  /** The entry of a version, put in its place if it is new. */
  entry(name: string, version: string): ModelEntry {
    const entries = this.#models.get(name) ?? [];
    const listed = entries.find((each) => each.version === version);
    if (listed) return listed;
    const entry: ModelEntry = { name, version, state: 'loading', kept: false };
    this.#models.set(
      name,
      [...entries, entry].sort((a, b) => compareVersions(b.version, a.version)),
    );
    return entry;
  }

  /** Versions whose folder has gone, and that serve nobody, are listed no longer. */
  forgetMissing({ name, versions }: ModelFolder): void {
    const entries = this.#models.get(name);
    const kept = entries?.filter(
      ({ version, state }) => versions.includes(version) || state === 'ready' || state === 'draining',
    );
    if (kept?.length === 0) this.#models.delete(name);
    else if (kept) this.#models.set(name, kept);
  }
}
