import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts processes and threads on a module of this folder, which ends in `.js` in the built package and in `.ts` in the
 * source tree, where Node needs the loader tsx (the compiler rewrites import lines, not these).
 */
const isSource = import.meta.url.endsWith('.ts');
const siblingModule = (name: string) => new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url);

export function forkSibling(name: string, args: readonly string[], options: ForkOptions): ChildProcess {
  const execArgv = isSource ? ['--import', import.meta.resolve('tsx')] : [];
  return fork(fileURLToPath(siblingModule(name)), args, { ...options, execArgv });
}

export function startSiblingThread(name: string, workerData: unknown): Worker {
  const entry = siblingModule(name);
  if (!isSource) return new Worker(entry, { workerData });
  // On Node 20 an inherited `--import` does not reach the modules of a worker (privatenumber/tsx issue 354).
  const [loader, module] = [import.meta.resolve('tsx/esm/api'), entry.href].map((url) => JSON.stringify(url));
  const script = `import(${loader}).then(({ register }) => { register(); return import(${module}); });`;
  return new Worker(script, { eval: true, workerData });
}
