import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configSchema, readConfig } from '../../src/serving/config.ts';
import {
  contextFilter,
  environmentOf,
  execForm,
  instructionOf,
  parseCopy,
  parseDockerfile,
} from './dockerfile.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const stages = parseDockerfile(read('Dockerfile'));
const stage = (name: string) => {
  const found = stages.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no stage ${name}`);
  return found;
};
const copies = stages.flatMap(({ instructions }) =>
  instructions.filter(({ keyword }) => keyword === 'COPY').map(({ text }) => parseCopy(text)),
);

/** Modules of src, and packages, that a program loads: imports that are not types, as far as `follow` goes. */
function loadedBy(entries: readonly string[], follow: (file: string) => boolean) {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, typeOnly, name] of read(file).matchAll(
      /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm,
    )) {
      if (typeOnly !== undefined || name === undefined || name.startsWith('node:')) continue;
      const target = path.posix.join(path.posix.dirname(file), name);
      if (!name.startsWith('.')) packages.add(name);
      else if (follow(target)) visit(target);
    }
  };
  for (const entry of entries) visit(entry);
  return { files: [...files], packages: [...packages] };
}

describe('Dockerfile', () => {
  const served = loadedBy(
    [
      'src/cli/main.ts',
      'src/cli/serve-command.ts',
      'src/cli/tune.ts',
      'src/runtime/lane-process.ts',
      'src/runtime/lane-worker.ts',
    ],
    () => true,
  );

  it('leaves out only what the service and unpaired tune never load', () => {
    const removed = stage('build').instructions.flatMap(({ text }) =>
      [...text.matchAll(/\bdist\/(\w+)/g)].map(([, folder]) => `src/${folder}`),
    );
    expect(removed).toContain('src/training');
    expect(removed.filter((folder) => !existsSync(path.join(root, folder)))).toEqual([]);
    expect(served.files.filter((file) => removed.some((folder) => file.startsWith(`${folder}/`)))).toEqual(
      [],
    );
  });

  it('installs every package that the service loads', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect(served.packages.length).toBeGreaterThan(5);
    expect(served.packages.filter((name) => !(name in dependencies))).toEqual([]);
  });

  it('copies what is there, and what .dockerignore lets through', () => {
    const admitted = contextFilter(read('.dockerignore'));
    const sources = copies.filter(({ from }) => from === undefined).flatMap((copy) => copy.sources);
    expect(sources).toContain('models');
    expect(sources.filter((source) => !existsSync(path.join(root, source)) || !admitted(source))).toEqual([]);
  });

  it('copies from stages that come before', () => {
    const names = stages.map(({ name }) => name);
    for (const { name, instructions } of stages) {
      const from = instructions.flatMap(({ keyword, text }) =>
        keyword === 'COPY' ? (parseCopy(text).from ?? []) : [],
      );
      expect(
        from.filter((source) => names.indexOf(source) < 0 || names.indexOf(source) >= names.indexOf(name)),
      ).toEqual([]);
    }
  });

  describe.each(['cpu', 'cuda'])('target %s', (name) => {
    const target = stage(name);

    it('starts the service itself, not a shell', () => {
      const [program, file, command] = execForm(instructionOf(target, 'ENTRYPOINT'));
      expect([program, file, command]).toEqual(['node', 'dist/cli/main.js', 'serve']);
      expect(execForm(instructionOf(target, 'HEALTHCHECK'))[0]).toBe('node');
      expect(instructionOf(target, 'STOPSIGNAL')).toBe('SIGTERM');
    });

    it('is not root', () => {
      expect(instructionOf(target, 'USER')).toMatch(/^[1-9]\d+:[1-9]\d+$/);
    });

    it('sets variables that the service takes, and exposes its port', () => {
      const { NODE_ENV, MALLOC_ARENA_MAX, ORT_DISABLE_TELEMETRY, ...variables } = environmentOf(target);
      expect([NODE_ENV, MALLOC_ARENA_MAX, ORT_DISABLE_TELEMETRY]).toEqual(['production', '2', '1']);
      expect(Object.keys(variables).filter((variable) => !(variable in configSchema.shape))).toEqual([]);
      const { PORT, MODELS_DIR, HOST, PROVIDER } = readConfig(variables);
      expect([HOST, PROVIDER]).toEqual(['0.0.0.0', name]);
      expect(Number(instructionOf(target, 'EXPOSE'))).toBe(PORT);
      const models = copies.filter(({ destination }) => destination === MODELS_DIR);
      expect(models).toHaveLength(2);
    });
  });

  it('asks for CUDA as onnxruntime-node calls it, on an image of the same major version', () => {
    const asked = /ONNXRUNTIME_NODE_INSTALL=cuda(\d+)/.exec(
      stage('cuda-dependencies')
        .instructions.map(({ text }) => text)
        .join('\n'),
    )?.[1];
    const offered = read('node_modules/onnxruntime-node/script/install-metadata.js');
    expect(offered).toContain(`'linux/x64:cuda${asked}'`);
    expect(stage('cuda').base).toMatch(new RegExp(`^nvidia/cuda:${asked}\\..*-cudnn-runtime-`));
  });
});

describe('contextFilter', () => {
  const admitted = contextFilter('# no\n*\n!src\n!models-*\n**/*.test.ts\n**/testing\n');

  it.each([
    ['src/cli/main.ts', true],
    ['src/main.test.ts', false],
    ['src/cli/main.test.ts', false],
    ['src/cli/testing/run.ts', false],
    ['models-mine/a/1/manifest.json', true],
    ['runs/mine/config.json', false],
    ['source.ts', false],
    ['.env', false],
  ])('%s: %s', (file, expected) => {
    expect(admitted(file)).toBe(expected);
  });
});
