import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * What `npm start`, `npm test` and the other scripts run: installs and builds when that is needed, then does what was
 * asked, in this same process, so that signals and the exit code need no forwarding.
 *
 * Plain JavaScript with nothing but Node, because it runs before anything is installed. What it says goes to standard
 * error: standard output belongs to the program that it starts.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (...parts) => path.join(root, ...parts);

const commands = {
  start: (args) => runBuilt('src/cli/main.ts', ['serve', ...args]),
  unpaired: (args) => runBuilt('src/cli/main.ts', args),
  oracles: (args) => runBuilt('src/oracles/main.ts', args),
  bench: (args) => runSource('bench/main.ts', args),
  loadtest: (args) => runSource('loadtest/main.ts', args),
  rehearse: (args) => runSource('k8s/checks/rehearse-image.ts', args),
  build: () => prepare(),
  test: (args) => test(args),
};

/** Something that is not a fault of this program: told in one line. */
class Failure extends Error {}

try {
  requireNode();
  const [name, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(commands, name))
    throw new Failure(`expected one of ${Object.keys(commands).join(', ')}`);
  await commands[name](args);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(`unpaired: ${error.message}`);
  process.exitCode = 1;
}

/** Stops with a clear message where the first syntax or API that is too new would stop with an unclear one. */
function requireNode() {
  const needed = readJson('package.json').engines.node;
  const [major, minor] = needed.replace('>=', '').split('.').map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Failure(`Node ${needed} is needed, this is ${process.versions.node} (${process.execPath})`);
}

function prepare() {
  install();
  build();
}

/** Runs a program of `src` from the build. */
async function runBuilt(source, programArgs) {
  prepare();
  await runModule(source.replace(/^src\/(.*)\.ts$/, 'dist/$1.js'), programArgs);
}

/** Runs a TypeScript program that is not part of the build. */
async function runSource(source, programArgs) {
  install();
  await import('tsx');
  await runModule(source, programArgs);
}

async function runModule(file, programArgs) {
  process.argv = [process.execPath, inRoot(file), ...programArgs];
  await import(pathToFileURL(inRoot(file)).href);
}

function install() {
  if (isInstalled()) return;
  say('installing dependencies ...');
  // The download of the CUDA libraries fails without internet, and nothing but the GPU image needs them.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip', ...process.env };
  const npm = process.env.npm_execpath ?? '';
  const command = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const done = /npm-cli\.c?js$/.test(npm)
    ? spawn(process.execPath, [npm, ...command], { env })
    : spawn('npm', command, { env, shell: process.platform === 'win32' });
  if (done !== 0) throw new Failure('the dependencies could not be installed; the reason is above');
}

/** True when node_modules holds every package of the lock file, in its version; optional ones may be missing. */
function isInstalled() {
  const hidden = 'node_modules/.package-lock.json';
  if (!existsSync(inRoot(hidden))) return false;
  const installed = readJson(hidden).packages;
  return Object.entries(readJson('package-lock.json').packages).every(([place, { version, optional }]) => {
    if (place === '') return true;
    return installed[place] === undefined ? optional === true : installed[place].version === version;
  });
}

/** Compiles to a folder of its own and renames it: a build that is killed leaves the last good one. */
function build() {
  const wanted = fingerprint();
  if (builtFrom() === wanted) return;
  say('building ...');
  const partial = inRoot(`dist-${process.pid}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  try {
    const compiled = runTool('typescript', 'tsc', ['-p', 'tsconfig.build.json', '--outDir', partial]);
    if (compiled !== 0) throw new Failure('the build failed; the reason is above');
    writeFileSync(path.join(partial, '.built-from'), wanted);
    replaceBuild(partial, wanted);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function replaceBuild(partial, wanted) {
  try {
    rmSync(inRoot('dist'), { recursive: true, force: true });
    renameSync(partial, inRoot('dist'));
  } catch (error) {
    // Another process may have put the same build there between the two lines.
    if (builtFrom() !== wanted) throw error;
  }
}

function builtFrom() {
  const stamp = inRoot('dist/.built-from');
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
}

/** A digest of everything that the build depends on. Contents, not dates: checking out a branch changes dates. */
function fingerprint() {
  const sources = readdirSync(inRoot('src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...sources.sort()]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Types, lint, dead code, then the tests; all of them even when one fails. With arguments, only the tests that they
 * choose (`npm test -- src/onnx`). The last line counts the tests.
 */
function test(testArgs) {
  install();
  const checks = {
    types: () => runTool('typescript', 'tsc', ['--noEmit']),
    lint: () => runTool('@biomejs/biome', 'biome', ['check', '--error-on-warnings', '.']),
    'dead code': () => runTool('knip', 'knip', []),
  };
  const failed = [];
  for (const [check, run] of testArgs.length > 0 ? [] : Object.entries(checks)) {
    const ok = run() === 0;
    say(`${check}: ${ok ? 'ok' : 'FAILED'}`);
    if (!ok) failed.push(check);
  }
  const { status, counts } = runTests(testArgs);
  if (failed.length > 0) say(`the tests aside, these checks failed: ${failed.join(', ')}`);
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
  process.exitCode = failed.length > 0 || status !== 0 ? 1 : 0;
}

function runTests(testArgs) {
  const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-test-'));
  const report = path.join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const status = runTool('vitest', 'vitest', ['run', ...reporters, ...testArgs], 'inherit');
    return { status, counts: countTests(report, status) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not even be loaded counts as a failed test, and so does a run that broke off. */
function countTests(report, status) {
  const { numPassedTests = 0, testResults = [] } = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : {};
  const failures = testResults.map(({ status: state, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === 'failed').length;
    return failed === 0 && state === 'failed' ? 1 : failed;
  });
  const failed = failures.reduce((sum, count) => sum + count, 0);
  return { passed: numPassedTests, failed: status !== 0 ? Math.max(1, failed) : failed };
}

/** Runs a program of an installed package; returns its exit code. */
function runTool(packageName, tool, toolArgs, stdout = 2) {
  const { bin } = readJson(`node_modules/${packageName}/package.json`);
  const file = inRoot('node_modules', packageName, typeof bin === 'string' ? bin : bin[tool]);
  return spawn(process.execPath, [file, ...toolArgs], {}, stdout);
}

function spawn(command, commandArgs, options, stdout = 2) {
  const { status, error } = spawnSync(command, commandArgs, {
    cwd: root,
    stdio: ['ignore', stdout, 2],
    ...options,
  });
  if (error) say(`${command}: ${error.message}`);
  return status ?? 1;
}

function readJson(file) {
  return JSON.parse(readFileSync(inRoot(file), 'utf8'));
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
