import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { contextFilter, parseCopy, type Stage } from './dockerfile.ts';

export interface Rehearsal {
  readonly stages: readonly Stage[];
  /** Folder that docker would be given as context. */
  readonly context: string;
  /** Empty folder; each stage gets its root below it. */
  readonly work: string;
  readonly note: (line: string) => void;
}

/**
 * Performs the steps of a stage, and of those that it needs, with folders in the place of images: base images count as
 * this machine's system, so that `RUN` finds node and npm here.
 * @returns root of the stage's file system
 * @throws Error naming the step that failed
 */
export function performStage(rehearsal: Rehearsal, name: string, done = new Map<string, string>()): string {
  const known = done.get(name);
  if (known !== undefined) return known;
  const stage = rehearsal.stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new Error(`there is no stage ${name}`);
  const root = path.join(rehearsal.work, name);
  mkdirSync(root);
  if (rehearsal.stages.some((earlier) => earlier.name === stage.base)) {
    cpSync(performStage(rehearsal, stage.base, done), root, { recursive: true, verbatimSymlinks: true });
  }
  let folder = root;
  for (const { keyword, text } of stage.instructions) {
    const place = (file: string) => path.join(file.startsWith('/') ? root : folder, file);
    if (keyword === 'WORKDIR') {
      folder = place(text);
      mkdirSync(folder, { recursive: true });
    }
    if (keyword === 'RUN') run(rehearsal, text, folder);
    if (keyword === 'COPY') copy(rehearsal, text, place, (from) => performStage(rehearsal, from, done));
  }
  done.set(name, root);
  return root;
}

function run({ note }: Rehearsal, command: string, cwd: string): void {
  note(`RUN ${command}`);
  const { NODE_ENV: _, ...env } = process.env;
  const { status } = spawnSync('/bin/sh', ['-c', command], { cwd, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`RUN ${command} ended with ${status}`);
}

function copy(
  { context, note }: Rehearsal,
  text: string,
  place: (file: string) => string,
  rootOf: (stage: string) => string,
): void {
  note(`COPY ${text}`);
  const { from, sources, destination } = parseCopy(text);
  const origin = from === undefined ? context : rootOf(from);
  const admitted = from === undefined ? contextFilter(readIgnored(context)) : () => true;
  const relative = (file: string) => path.relative(origin, file).split(path.sep).join('/');
  for (const source of sources) {
    const file = path.join(origin, source);
    const intoFolder = destination.endsWith('/') && !statSync(file).isDirectory();
    const target = intoFolder ? path.join(place(destination), path.basename(source)) : place(destination);
    cpSync(file, target, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) => admitted(relative(each)),
    });
  }
}

function readIgnored(context: string): string {
  return readFileSync(path.join(context, '.dockerignore'), 'utf8');
}
