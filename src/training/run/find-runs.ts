import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { type RunFolder, runFolder } from './run-folder.ts';

/** Folders between the one asked for and a run, so that runs may be kept in groups. */
const deepest = 3;
/** A folder with one of these is a run's, be it whole or not. */
const marks = ['config.json', 'metrics.jsonl', 'checkpoints'];

/** A folder below the one asked for: a run, or why it is none. */
export interface FoundFolder {
  /** Path below the folder asked for; `.` for that itself. */
  readonly name: string;
  readonly folder: RunFolder;
  /** Absent: it looks like a run's. */
  readonly reason?: string;
}

/**
 * Runs in a folder, which may be a run itself, by name. A folder right below it that holds no run is listed with the
 * reason; names that begin with a dot are passed over.
 */
export async function findRuns(root: string): Promise<FoundFolder[]> {
  const names = await readdir(root);
  if (isRun(names)) return [{ name: '.', folder: runFolder(root) }];
  const found: FoundFolder[] = [];
  for (const name of await subfolders(root, names)) found.push(...(await look(root, name)));
  return found;
}

async function look(root: string, name: string): Promise<FoundFolder[]> {
  try {
    const runs = await runsIn(root, name, deepest - 1);
    return runs.length > 0 ? runs : [{ ...foundAt(root, name), reason: 'no run: it has no config.json' }];
  } catch (thrown) {
    return [{ ...foundAt(root, name), reason: messageOf(thrown) }];
  }
}

async function runsIn(root: string, name: string, levels: number): Promise<FoundFolder[]> {
  const folder = join(root, name);
  const names = await readdir(folder);
  if (isRun(names)) return [foundAt(root, name)];
  if (levels === 0 || names.includes('node_modules')) return [];
  const runs: FoundFolder[] = [];
  for (const inner of await subfolders(folder, names)) {
    runs.push(...(await runsIn(root, join(name, inner), levels - 1)));
  }
  return runs;
}

function foundAt(root: string, name: string): FoundFolder {
  return { name, folder: runFolder(join(root, name)) };
}

function isRun(names: readonly string[]): boolean {
  return marks.some((mark) => names.includes(mark));
}

async function subfolders(folder: string, names: readonly string[]): Promise<string[]> {
  const visible = names.filter((name) => !name.startsWith('.')).sort();
  // A link that leads nowhere has no status.
  const isFolder = (name: string) =>
    stat(join(folder, name)).then(
      (found) => found.isDirectory(),
      () => false,
    );
  const kinds = await Promise.all(visible.map(isFolder));
  return visible.filter((_, index) => kinds[index]);
}
