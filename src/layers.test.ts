import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * Holds the architecture: which folder may import which, who alone may use which library, that files do not import each
 * other in circles, and how long a file may be. CONTRIBUTING.md says what each folder is for.
 */

/** Folders of `src`, lowest layer first, and the other folders that each may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  image: ['core'],
  onnx: ['core'],
  runtime: ['core'],
  autodiff: ['core', 'onnx'],
  nn: ['core', 'onnx'],
  training: ['core', 'image', 'onnx', 'runtime', 'autodiff', 'nn'],
  evaluation: ['core', 'image', 'onnx', 'runtime', 'nn'],
  serving: ['core', 'image', 'runtime'],
  playground: [],
  oracles: ['core', 'image', 'onnx', 'runtime', 'autodiff', 'nn', 'training', 'evaluation'],
  cli: ['core', 'image', 'onnx', 'runtime', 'autodiff', 'nn', 'training', 'evaluation', 'serving'],
  testing: ['core', 'onnx', 'runtime', 'autodiff'],
};

/** Halves of the project that never meet in one file, not even of `cli`. */
const halves = [['serving'], ['training', 'evaluation', 'autodiff', 'nn', 'onnx']] as const;

/** Libraries that only certain files may import. Tests may use them to prepare what they test with. */
const soleUsers: readonly { readonly library: RegExp; readonly files: RegExp; readonly users: string }[] = [
  { library: /^sharp$/, files: /^image\//, users: 'image' },
  { library: /^onnxruntime-node$/, files: /^runtime\//, users: 'runtime' },
  { library: /^@bufbuild\/protobuf/, files: /^onnx\//, users: 'onnx' },
  { library: /^(?:fastify|fastify-.*|@fastify\/.*|prom-client)$/, files: /^serving\//, users: 'serving' },
  {
    library: /^@opentelemetry\//,
    files: /^serving\/(?:otlp-tracing|reporting-exporter)\.ts$/,
    users: 'the tracing of serving',
  },
  {
    library: /^zod$/,
    files: /^core\/|\/config\/|\/(?:config|schemas|openapi|[^/]+-schema)\.ts$/,
    users: 'core, config folders, config.ts, openapi.ts, schemas.ts and files named -schema.ts',
  },
  { library: /^(?:commander|close-with-grace)$/, files: /^cli\//, users: 'cli' },
  { library: /^(?:vitest|fast-check)$/, files: /\/testing\//, users: 'tests' },
];

const longestFile = 400;
const root = fileURLToPath(new URL('.', import.meta.url));
/** Left out, because it holds samples of imports that are wrong. */
const thisFile = 'layers.test.ts';

interface Import {
  /** As written, or the file below `src` that a relative one leads to. */
  readonly target: string;
  readonly relative: boolean;
  /** `import type`: nothing is left of it at run time. */
  readonly typeOnly: boolean;
}

interface SourceFile {
  /** Path below `src`, with forward slashes. */
  readonly file: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

const isTest = (file: string) => file.endsWith('.test.ts');
/** Support for tests: never part of the build. */
const isTestSupport = (file: string) => /(?:^|\/)(?:testing|fixtures)\//.test(file);
const isGenerated = (file: string) => /\/gen\//.test(file);
const folderOf = (file: string) => (file.includes('/') ? (file.split('/')[0] as string) : '');

const importStatement = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const dynamicImport = /\bimport\(\s*'([^']+)'/g;

function readImports(file: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const written = [
    ...[...code.matchAll(importStatement)].map((match) => ({
      name: match[2] as string,
      typeOnly: match[1] !== undefined,
    })),
    ...[...code.matchAll(dynamicImport)].map((match) => ({ name: match[1] as string, typeOnly: false })),
  ];
  return written.map(({ name, typeOnly }) => {
    const relative = name.startsWith('.');
    return { target: relative ? path.posix.join(path.posix.dirname(file), name) : name, relative, typeOnly };
  });
}

function readSources(): SourceFile[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.ts') && file !== thisFile);
  return files.sort().map((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    return { file, lines: text.split('\n').length - 1, imports: readImports(file, text) };
  });
}

/** Why `file` may not import the file `target`; undefined when it may. */
function objection(file: string, target: string): string | undefined {
  const [from, to] = [folderOf(file), folderOf(target)];
  const what = `${file} may not import ${target}`;
  const forTests = isTest(file) || isTestSupport(file);
  if (target.startsWith('../')) return `${what}: it is outside of src`;
  if (isTest(target)) return `${what}: nothing imports a test`;
  if (isTestSupport(target) && !isTest(file) && !isTestSupport(file))
    return `${what}: that is for tests only`;
  // Tests of the whole project lie in src itself.
  if (from === '' && isTest(file)) return undefined;
  const allowed = mayImport[from];
  if (allowed === undefined) return `${file} is in no folder of the import table`;
  if (from === to || allowed.includes(to) || (forTests && to === 'testing')) return undefined;
  return `${what}: ${from} imports ${allowed.join(', ') || 'nothing of ours'}`;
}

function importObjections(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ file, imports }) =>
    imports.flatMap(({ target, relative }) => (relative ? (objection(file, target) ?? []) : [])),
  );
}

function halfObjections(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ file, imports }) => {
    if (file.lastIndexOf('/') < 0) return [];
    const [serving, training] = halves.map((folders) =>
      imports.find(
        ({ target, relative }) => relative && (folders as readonly string[]).includes(folderOf(target)),
      ),
    );
    return serving && training
      ? [`${file} may not import both ${serving.target} and ${training.target}`]
      : [];
  });
}

function libraryObjections(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ file, imports }) =>
    imports.flatMap(({ target, relative }) => {
      const rule = relative ? undefined : soleUsers.find(({ library }) => library.test(target));
      if (rule === undefined || rule.files.test(file) || isTest(file) || isTestSupport(file)) return [];
      return [`${file} may not import ${target}: only ${rule.users} may`];
    }),
  );
}

/** Circles of imports that exist at run time, each once: `a.ts -> b.ts -> a.ts`. */
function circles(sources: readonly SourceFile[]): string[] {
  const targets = new Map(
    sources.map(({ file, imports }) => [
      file,
      imports.filter(({ relative, typeOnly }) => relative && !typeOnly).map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, above: readonly string[]) => {
    const start = above.indexOf(file);
    if (start >= 0) found.push([...above.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...above, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return found;
}

const source = (file: string, text: string): SourceFile => ({
  file,
  lines: text.split('\n').length,
  imports: readImports(file, text),
});

describe('the import table', () => {
  const sources = readSources();

  it('has an entry for every folder', () => {
    const folders = new Set(sources.map(({ file }) => folderOf(file)).filter((folder) => folder !== ''));
    expect([...folders].filter((folder) => mayImport[folder] === undefined)).toEqual([]);
  });

  it('is kept by every file', () => {
    expect(importObjections(sources)).toEqual([]);
  });

  it('keeps training and serving apart', () => {
    expect(halfObjections(sources)).toEqual([]);
  });

  it('keeps each library behind its door', () => {
    expect(libraryObjections(sources)).toEqual([]);
  });

  it('lets no files import each other in a circle', () => {
    expect(circles(sources)).toEqual([]);
  });

  it('says who may not import what', () => {
    const wrong = source('serving/x.ts', "import { type A, b } from '../training/y.ts';");
    expect(importObjections([wrong])).toEqual([
      'serving/x.ts may not import training/y.ts: serving imports core, image, runtime',
    ]);
    const both = source('cli/z.ts', "import a from '../serving/a.ts';\nawait import('../nn/b.ts');");
    expect(halfObjections([both])).toEqual(['cli/z.ts may not import both serving/a.ts and nn/b.ts']);
    const leak = source('nn/x.ts', "export * from '../testing/close.ts';\nimport 'sharp';");
    expect(importObjections([leak])).toEqual([
      'nn/x.ts may not import testing/close.ts: that is for tests only',
    ]);
    expect(libraryObjections([leak])).toEqual(['nn/x.ts may not import sharp: only image may']);
  });

  it('sees circles, and not those of types alone', () => {
    const a = source('core/a.ts', "import {\n  b,\n} from './b.ts';");
    expect(circles([a, source('core/b.ts', "import './a.ts';")])).toEqual([
      'core/a.ts -> core/b.ts -> core/a.ts',
    ]);
    expect(circles([a, source('core/b.ts', "import type { A } from './a.ts';")])).toEqual([]);
  });
});

describe('house rules', () => {
  const sources = readSources();

  it(`keeps files at ${longestFile} lines or fewer`, () => {
    const long = sources.filter(({ file, lines }) => lines > longestFile && !isGenerated(file));
    expect(long.map(({ file, lines }) => `${file} has ${lines} lines`)).toEqual([]);
  });

  it('has no drawer called utils', () => {
    expect(
      sources.filter(({ file }) => /(?:^|[/-])utils?(?:[./-]|$)/.test(file)).map(({ file }) => file),
    ).toEqual([]);
  });

  it('puts every test beside what it tests', () => {
    const folders = new Set(
      sources.filter(({ file }) => !isTest(file)).map(({ file }) => path.posix.dirname(file)),
    );
    const astray = sources.filter(({ file }) => isTest(file) && !folders.has(path.posix.dirname(file)));
    expect(astray.map(({ file }) => file).filter((file) => file.includes('/'))).toEqual([]);
  });
});
