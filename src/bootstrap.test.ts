import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const program = `console.log(['ran', ...process.argv.slice(2)].join(' '));
process.exitCode = Number(process.argv[3] ?? 0);
`;
const lock = (version: string) => ({ packages: { '': {}, 'node_modules/left': { version } } });

/** A small project around bootstrap.mjs whose dependencies count as installed. */
async function project(files: Readonly<Record<string, string | object>> = {}): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-bootstrap-'));
  folders.push(folder);
  const compilerOptions = { rootDir: 'src', outDir: 'dist', module: 'NodeNext', target: 'ES2023', types: [] };
  const all: Record<string, string | object> = {
    'package.json': { type: 'module', engines: { node: '>=20.19' } },
    'package-lock.json': lock('1.0.0'),
    'node_modules/.package-lock.json': lock('1.0.0'),
    'tsconfig.json': { compilerOptions },
    'tsconfig.build.json': { extends: './tsconfig.json', include: ['src'] },
    'src/globals.ts': 'declare global { var process: any; }\nexport {};\n',
    'src/cli/main.ts': program,
    ...files,
  };
  await mkdir(path.join(folder, 'node_modules'), { recursive: true });
  for (const [file, content] of Object.entries(all)) await write(folder, file, content);
  await copyFile(new URL('./bootstrap.mjs', import.meta.url), path.join(folder, 'src/bootstrap.mjs'));
  // The compiler alone; everything that would need the network is missing.
  for (const name of ['typescript', '@typescript']) {
    const real = fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url));
    await symlink(real, path.join(folder, 'node_modules', name));
  }
  return folder;
}

async function write(folder: string, file: string, content: string | object): Promise<void> {
  const place = path.join(folder, file);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, typeof content === 'string' ? content : JSON.stringify(content));
}

/** Runs bootstrap.mjs with an npm that only says that it was called. */
function run(folder: string, ...argv: readonly string[]) {
  const npm = path.join(folder, 'npm-cli.js');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(folder, 'src/bootstrap.mjs'), ...argv],
    {
      encoding: 'utf8',
      env: { ...process.env, npm_execpath: npm, ONNXRUNTIME_NODE_INSTALL: undefined },
    },
  );
  return { status, stdout, stderr };
}

describe('bootstrap.mjs', () => {
  it('builds once, then runs the program with its arguments and passes its exit code on', async () => {
    const folder = await project();
    expect(run(folder, 'unpaired', 'models', '3')).toEqual({
      status: 3,
      stdout: 'ran models 3\n',
      stderr: 'building ...\n',
    });
    expect(run(folder, 'start', '0')).toEqual({ status: 0, stdout: 'ran serve 0\n', stderr: '' });
  });

  it('builds again when a source has changed, whatever its date', async () => {
    const folder = await project();
    run(folder, 'build');
    await write(folder, 'src/cli/main.ts', "console.log('changed');\n");
    expect(run(folder, 'unpaired')).toMatchObject({ stdout: 'changed\n', stderr: 'building ...\n' });
    expect(run(folder, 'unpaired').stderr).toBe('');
  });

  it('leaves the last good build and nothing else when a build fails', async () => {
    const folder = await project();
    run(folder, 'build');
    await write(folder, 'src/cli/main.ts', 'const wrong: number = "text";\n');
    const { status, stdout, stderr } = run(folder, 'unpaired');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain("Type 'string' is not assignable to type 'number'");
    expect(stderr).toContain('unpaired: the build failed; the reason is above');
    expect((await readdir(folder)).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
    expect(await readdir(path.join(folder, 'dist/cli'))).toContain('main.js');
  });

  it.each([
    ['is missing', undefined],
    ['has another version', lock('0.9.0')],
    ['lacks a package', { packages: {} }],
  ])('installs when what is installed %s, and without the CUDA libraries', async (_, installed) => {
    const folder = await project({
      'npm-cli.js': 'console.log(process.argv[2], process.env.ONNXRUNTIME_NODE_INSTALL);',
    });
    const hidden = 'node_modules/.package-lock.json';
    if (installed === undefined) await rm(path.join(folder, hidden));
    else await write(folder, hidden, installed);
    const { stdout, stderr } = run(folder, 'unpaired');
    expect(stderr).toMatch(/^installing dependencies \.\.\.\nci skip\n/);
    expect(stdout).toBe('ran\n');
  });

  it('does not install for an optional package of another platform', async () => {
    const elsewhere = {
      packages: { ...lock('1.0.0').packages, 'node_modules/mac': { version: '1.0.0', optional: true } },
    };
    const folder = await project({ 'package-lock.json': elsewhere });
    expect(run(folder, 'unpaired').stderr).toBe('building ...\n');
  });

  it('says so when the install fails', async () => {
    const folder = await project({
      'npm-cli.js': 'process.exit(7);',
      'node_modules/.package-lock.json': { packages: {} },
    });
    expect(run(folder, 'start')).toMatchObject({
      status: 1,
      stderr:
        'installing dependencies ...\nunpaired: the dependencies could not be installed; the reason is above\n',
    });
  });

  it('names the Node that is needed', async () => {
    const folder = await project({ 'package.json': { type: 'module', engines: { node: '>=99.1' } } });
    const { status, stderr } = run(folder, 'start');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^unpaired: Node >=99\.1 is needed, this is \d+\.\d+\.\d+ \(.*\)\n$/);
  });

  it('names its commands when it is given another', async () => {
    const folder = await project();
    expect(run(folder, 'tests')).toMatchObject({
      status: 1,
      stderr: 'unpaired: expected one of start, unpaired, oracles, bench, loadtest, rehearse, build, test\n',
    });
  });
});
