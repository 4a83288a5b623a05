import { randomUUID } from 'node:crypto';
import { link, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { UnpairedError } from '../../core/errors.ts';
import { isSystemError, unlinkIfThere } from './durable-write.ts';
import { isRunning, startOfProcess } from './process-identity.ts';

/** Another trainer works in the folder. */
export class RunFolderLockedError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'RUN_FOLDER_LOCKED', status: 409 });
  }
}

/** Says to other processes that this one trains here. */
export interface RunLock {
  /** Why an earlier lock was taken over; absent when there was none. */
  readonly takenOver?: string;
  /** Removes the lock file, unless somebody else has put theirs in its place. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own terms; a reused pid has another. Null where it cannot be told. */
  readonly processStart: string | null;
  /** Different for each lock ever taken. */
  readonly id: string;
}

/**
 * Takes the lock at `path`, a small JSON file that names the process. The lock of a process that no longer runs (killed
 * before it could release) is taken over.
 *
 * @throws RunFolderLockedError when its holder runs, or ran on another machine, where this one cannot look.
 */
export async function acquireRunLock(path: string): Promise<RunLock> {
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    processStart: await startOfProcess(process.pid),
    id: randomUUID(),
  };
  const text = `${JSON.stringify(own)}\n`;
  if (await createWhole(path, text)) return lockOf(path, text);
  const takenOver = await removeStale(path, own.host);
  if (await createWhole(path, text)) return { ...lockOf(path, text), ...(takenOver && { takenOver }) };
  throw new RunFolderLockedError(`another trainer has just taken ${path}`);
}

/** Who trains in a folder; undefined when nobody does, a lock that a killed trainer left included. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** False: it is on another machine, where this one cannot look whether it still runs. */
  readonly here: boolean;
}

/** Looks at the lock at `path` and leaves it as it is. */
export async function lockHolder(path: string): Promise<LockHolder | undefined> {
  const holder = parseHolder((await readIfThere(path)) ?? '');
  if (holder === undefined) return undefined;
  const { pid, host, processStart } = holder;
  const here = host === hostname();
  return here && !(await isRunning(pid, processStart)) ? undefined : { pid, host, here };
}

function lockOf(path: string, text: string): RunLock {
  return {
    release: async () => {
      if ((await readIfThere(path)) === text) await unlinkIfThere(path);
    },
  };
}

/** Creates the file with all its content at once, so that nobody reads half a lock. False: there is one already. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text);
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    if (isSystemError(thrown, 'EEXIST')) return false;
    return await createExclusively(path, text);
  } finally {
    await unlinkIfThere(draft);
  }
}

/** For file systems without hard links: for an instant the file is there and empty. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (thrown) {
    if (isSystemError(thrown, 'EEXIST')) return false;
    throw thrown;
  }
}

/** Removes a lock whose holder is gone and says so; throws when the holder may still be at work. */
async function removeStale(path: string, ownHost: string): Promise<string | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const holder = parseHolder(text);
  if (holder !== undefined) await refuseIfHeld(path, holder, ownHost);
  await setAside(path, text);
  const owner =
    holder === undefined ? 'an unreadable lock' : `the lock of process ${holder.pid}, which no longer runs,`;
  return `${owner} was found at ${path} and taken over`;
}

async function refuseIfHeld(path: string, holder: Holder, ownHost: string): Promise<void> {
  if (holder.host !== ownHost) {
    throw new RunFolderLockedError(
      `${path} is held by process ${holder.pid} on ${holder.host}, which cannot be looked at from ${ownHost}; ` +
        'if that trainer has ended, delete the file',
    );
  }
  if (await isRunning(holder.pid, holder.processStart)) {
    throw new RunFolderLockedError(
      `${path} is held by process ${holder.pid}, which runs; two trainers in one folder would mix their files`,
    );
  }
}

/**
 * Of several processes that found the same stale lock, a rename lets only one have it; one that comes late and gets
 * the winner's new lock instead puts it back.
 */
async function setAside(path: string, staleText: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT')) return;
    throw thrown;
  }
  if ((await readIfThere(aside)) !== staleText) {
    await rename(aside, path);
    throw new RunFolderLockedError(`another trainer has just taken ${path}`);
  }
  await unlinkIfThere(aside);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const found = JSON.parse(text) as Partial<Holder> | null;
    if (typeof found?.pid !== 'number' || typeof found.host !== 'string') return undefined;
    return { pid: found.pid, host: found.host, processStart: found.processStart ?? null, id: found.id ?? '' };
  } catch {
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}
