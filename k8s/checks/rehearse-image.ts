import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environmentOf, execForm, instructionOf, parseDockerfile } from './dockerfile.ts';
import { performStage } from './rehearse-stages.ts';

/**
 * `npm run rehearse`: performs the Dockerfile's steps for the target cpu in an empty folder, without docker, takes the
 * right to write away, starts the entry point as the image's user, without a home, and translates a picture. Linux only;
 * needs the package registry. As root the service really runs as the image's user; otherwise as the caller.
 */
const context = fileURLToPath(new URL('../..', import.meta.url));
const note = (line: string) => void process.stderr.write(`${line}\n`);

const stages = parseDockerfile(readFileSync(path.join(context, 'Dockerfile'), 'utf8'));
const target = stages.find(({ name }) => name === 'cpu') as (typeof stages)[number];

interface Image {
  readonly root: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number } | Record<string, never>;
}

const work = mkdtempSync(path.join(tmpdir(), 'unpaired-image-'));
try {
  chmodSync(work, 0o755);
  const image = assemble();
  const before = filesBelow(image.root);
  note(`the image has ${before.size} files, ${megabytes(before)} MB beside Node and the system`);
  await tryOut(image);
  const changed = differences(before, filesBelow(image.root));
  if (changed.length > 0) throw new Error(`the service changed its own image: ${changed.join(', ')}`);
  const left = readdirSync(path.join(work, 'tmp'));
  note(`nothing in the image was changed; left in /tmp: ${left.length === 0 ? 'nothing' : left.join(', ')}`);
} finally {
  spawnSync('chmod', ['-R', 'u+w', work]);
  rmSync(work, { recursive: true, force: true });
}

function assemble(): Image {
  const root = performStage({ stages, context, work, note }, 'cpu');
  spawnSync('chmod', ['-R', 'a-w,a+rX', root]);
  const temporary = path.join(work, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  const { MODELS_DIR = '', ...variables } = environmentOf(target);
  const [uid, gid] = instructionOf(target, 'USER').split(':').map(Number) as [number, number];
  return {
    root,
    folder: path.join(root, instructionOf(target, 'WORKDIR')),
    environment: {
      ...variables,
      MODELS_DIR: path.join(root, MODELS_DIR),
      PATH: process.env.PATH ?? '',
      TMPDIR: temporary,
      DRAIN_MS: '100',
    },
    user: process.getuid?.() === 0 ? { uid, gid } : {},
  };
}

async function tryOut(image: Image): Promise<void> {
  const [program, ...args] = execForm(instructionOf(target, 'ENTRYPOINT')) as [string, ...string[]];
  const options = { cwd: image.folder, ...image.user };
  const service = spawn(program, args, {
    ...options,
    env: { ...image.environment, PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const url = await listening(service);
    await ready(url);
    await translate(url);
    const [check, ...checkArgs] = execForm(instructionOf(target, 'HEALTHCHECK')) as [string, ...string[]];
    const env = { ...image.environment, PORT: new URL(url).port };
    const health = spawnSync(check, checkArgs, { ...options, env });
    if (health.status !== 0) throw new Error(`HEALTHCHECK ended with ${health.status}: ${health.stderr}`);
    note('HEALTHCHECK: healthy');
    service.kill('SIGTERM');
    const [code] = (await once(service, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`SIGTERM ended the service with ${code}, expected 0`);
    note('SIGTERM: ended with 0');
  } finally {
    service.kill('SIGKILL');
  }
}

/** The address, out of the service's log, which is passed on. */
async function listening(service: ChildProcess): Promise<string> {
  const lines = createInterface({ input: service.stderr as NodeJS.ReadableStream });
  return await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      note(line);
      const [, port] = /listening on http:\/\/[^"]*:(\d+)"/.exec(line) ?? [];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    service.once('error', reject);
    service.once('exit', (code) => reject(new Error(`the service ended with ${code} before it listened`)));
  });
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const { status } = await fetch(`${url}/readyz`);
    if (status === 200) return;
    await sleep(200);
  }
  throw new Error('the service was not ready after a minute');
}

async function translate(url: string): Promise<void> {
  const { models } = (await (await fetch(`${url}/models`)).json()) as { models: { name: string }[] };
  const [model] = models;
  if (model === undefined) throw new Error('the image holds no model');
  const picture = readFileSync(path.join(context, 'loadtest/pictures/horse.jpg'));
  const answer = await fetch(`${url}/translate/${model.name}`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg', accept: 'image/png' },
    body: picture,
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200 || bytes.toString('latin1', 1, 4) !== 'PNG') {
    throw new Error(`${model.name} answered ${answer.status}: ${bytes.toString('utf8', 0, 300)}`);
  }
  note(`${model.name}: a PNG of ${bytes.length} bytes`);
}

type Files = ReadonlyMap<string, { readonly size: number; readonly modified: number }>;

function filesBelow(root: string): Files {
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => {
    const { size, mtimeMs } = lstatSync(path.join(root, file));
    return [file, { size, modified: mtimeMs }] as const;
  });
  return new Map(entries);
}

function megabytes(files: Files): number {
  return Math.round([...files.values()].reduce((sum, { size }) => sum + size, 0) / 1e6);
}

function differences(before: Files, after: Files): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name)?.modified !== after.get(name)?.modified);
}
