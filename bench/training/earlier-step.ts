import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, UnpairedError } from '../../src/core/errors.ts';
import type { TrainingStep } from './training-step.ts';

/** A revision that cannot be measured: not a revision, or from before this benchmark. */
class RevisionError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'REVISION_UNUSABLE', status: 500, ...options });
  }
}

/** The training step as the code of another revision builds it. */
export interface EarlierCode {
  readonly revision: string;
  readonly TrainingStep: typeof TrainingStep;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Loads a revision's code beside this one's, so that both run by turns in one process.
 * The revision is checked out in a temporary folder and uses the libraries that are installed now.
 * @throws RevisionError when git does not know the revision, or its benchmark cannot be loaded
 */
export async function loadEarlierCode(revision: string): Promise<EarlierCode> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-earlier-'));
  const close = async () => {
    await rm(folder, { recursive: true, force: true });
    git('worktree', 'prune');
  };
  try {
    git('worktree', 'add', '--detach', '--force', folder, revision);
    await rm(path.join(folder, 'node_modules'), { force: true });
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const module = pathToFileURL(path.join(folder, 'bench/training/training-step.ts')).href;
    const { TrainingStep } = (await import(module)) as Pick<EarlierCode, 'TrainingStep'>;
    return { revision, TrainingStep, close };
  } catch (cause) {
    await close();
    throw new RevisionError(`cannot measure the training step of ${revision}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function git(...args: readonly string[]): void {
  execFileSync('git', args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
}
