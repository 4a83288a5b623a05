import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import { emojiStyles, type StylePair } from './emoji-styles.ts';
import { EmojiPackageError } from './style-package.ts';

interface PinnedPackage {
  readonly version: string;
  /** Of the tarball, as npm checks it. */
  readonly integrity: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const pinned: Readonly<Record<string, PinnedPackage>> = {
  [emojiStyles.flat.packageName]: {
    version: '1.2.6',
    integrity:
      'sha512-RY47RgPb47fYUiyrA64sIOL0+UU02s29sXpNBbIQRBUlPlfNFTKUmZDERGuxDs/7yNGWqQYvuaSYM1M4fRXlUw==',
    dependencies: { '@iconify/types': '2.0.0' },
  },
  '@iconify/types': {
    version: '2.0.0',
    integrity:
      'sha512-+wluvCrRhXrhyOmRDJ3q8mux9JkKy5SJ/v8ol2tu4FVjyYvtEzkc/3pK15ET6RKg4b4w4BmTk1+gsCUhf21Ykg==',
  },
  [emojiStyles['high-contrast'].packageName]: {
    version: '1.2.6',
    integrity:
      'sha512-esqhZPpkrF7sNX3NsLoh8KW64okEr/bzko7WNnFP+qTJGAqDPDYjp0925yxuivXy3HtVQB8xhIKu3+Nq1byX5w==',
    dependencies: { '@iconify/types': '2.0.0' },
  },
  [emojiStyles['3d'].packageName]: {
    version: '1.1.0',
    integrity:
      'sha512-Wlq2lVStTnr8BDpIJ0pEnTKO4LuDxxqTEhTvRtD1DLRF0me7ogeRQjKoehDHXuVJ2Qaecgl5wRBv60lUAG3h7g==',
  },
};

/**
 * Has npm install the packages of two styles into a temporary folder, hands that to `work`, and removes it. npm takes
 * them from the registry or cache that it is set up for, and refuses tarballs other than the pinned ones.
 * @param work is given the folder `node_modules`
 * @throws EmojiPackageError with what npm said
 */
export async function withFetchedPackages<T>(
  styles: StylePair,
  work: (modules: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'unpaired-emoji-'));
  try {
    const wanted = styles.map((style) => emojiStyles[style].packageName);
    const { manifest, lock } = lockedProject(wanted);
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    await installLocked(folder, wanted, signal);
    return await work(join(folder, 'node_modules'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A project of npm that depends on nothing but pinned packages. */
function lockedProject(wanted: readonly string[]) {
  const dependencies = Object.fromEntries(wanted.map((name) => [name, pinned[name]?.version]));
  const all = wanted.flatMap((name) => [name, ...Object.keys(pinned[name]?.dependencies ?? {})]);
  const places = all.map((name) => [`node_modules/${name}`, pinned[name]]);
  const packages = { '': { dependencies }, ...Object.fromEntries(places) };
  return {
    manifest: { name: 'emoji', private: true, dependencies },
    lock: { name: 'emoji', lockfileVersion: 3, requires: true, packages },
  };
}

async function installLocked(
  folder: string,
  wanted: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  // The prefix is said outright: npm would else believe the one of an `npm run` that this process was started by.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { program, before, shell } = npmProgram();
  const child = spawn(program, [...before, 'ci', '--prefix', folder, ...quiet], {
    cwd: folder,
    shell,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await exitOf(child, signal);
  if (code === 0) return;
  const names = wanted.map((name) => `${name}@${pinned[name]?.version}`);
  throw new EmojiPackageError(
    `npm could not fetch ${names.join(', ')}: ${said.trim()}\n` +
      'Where npm has no registry, install both elsewhere and name that folder with --modules',
  );
}

/** Waits until the process has ended even when the signal fires: until then it writes to its folder. */
async function exitOf(child: ChildProcess, signal: AbortSignal | undefined): Promise<number | null> {
  const kill = () => child.kill();
  signal?.addEventListener('abort', kill);
  try {
    const [code] = await once(child, 'close');
    signal?.throwIfAborted();
    return code;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EmojiPackageError(`npm could not be started: ${messageOf(cause)}`, { cause });
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

/** The npm that started this process where there is one, as that is sure to work. */
function npmProgram() {
  const own = process.env.npm_execpath ?? '';
  return /npm-cli\.c?js$/.test(own)
    ? { program: process.execPath, before: [own], shell: false }
    : { program: 'npm', before: [], shell: process.platform === 'win32' };
}
