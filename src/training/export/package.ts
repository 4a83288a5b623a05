import { chmod, mkdir, mkdtemp, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnpairedError } from '../../core/errors.ts';
import { type Manifest, type NetworkManifest, parseManifest } from '../../core/manifest.ts';
import { networkManifest, type PackagedNetwork } from './packaged-network.ts';

/** A version of a model is there already; a served version is never changed. */
export class PackageExistsError extends UnpairedError {
  constructor(path: string) {
    super(`${path} exists already: choose another version, or remove it first`, {
      code: 'PACKAGE_EXISTS',
      status: 409,
    });
  }
}

/** Hidden folders are no versions. */
const partialPrefix = '.partial-';
const hour = 3_600_000;

/** What a model package holds besides what can be computed from it. */
export interface PackageContent {
  readonly manifest: Omit<Manifest, 'networks'>;
  readonly networks: Readonly<Record<string, PackagedNetwork>>;
  readonly card: string;
  /** WebP; a package may have none. */
  readonly preview?: Uint8Array;
}

/**
 * Writes `models/<name>/<version>/` as a whole: into a hidden folder beside it that is renamed when complete, so that
 * a package is there whole or not at all, whenever the process is killed.
 * @returns the path of the package
 * @throws PackageExistsError; ManifestError, for example for a name that is none, before anything is written
 */
export async function writePackage(models: string, content: PackageContent): Promise<string> {
  const files = filesOf(content);
  const { name, version } = content.manifest;
  await requireNewPackage(models, content.manifest);
  const parent = join(models, name);
  const target = join(parent, version);
  await mkdir(parent, { recursive: true });
  await removeStalePartials(parent);
  const partial = await mkdtemp(join(parent, partialPrefix));
  try {
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(partial, file), bytes);
    // A temporary folder is its owner's alone; a package is read by whoever serves it.
    await chmod(partial, 0o755);
    await rename(partial, target);
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true });
    // The folder of a new name goes too; it stays when it holds other versions.
    await rmdir(parent).catch(() => undefined);
    if (isTaken(thrown)) throw new PackageExistsError(target);
    throw thrown;
  }
  return target;
}

/** @throws PackageExistsError */
export async function requireNewPackage(
  models: string,
  { name, version }: Pick<Manifest, 'name' | 'version'>,
): Promise<void> {
  const entries = await entriesOf(join(models, name));
  if (entries.includes(version)) throw new PackageExistsError(join(models, name, version));
}

/** The version after the highest one there, as a whole number; 1 for a new name. */
export async function nextVersion(models: string, name: string): Promise<string> {
  const entries = await entriesOf(join(models, name));
  const majors = entries.map((entry) => Number.parseInt(entry, 10)).filter(Number.isFinite);
  return String(Math.max(0, ...majors) + 1);
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((): string[] => []);
}

/** Removes what exports that were killed have left; a folder that is an hour old belongs to nobody at work. */
async function removeStalePartials(parent: string): Promise<void> {
  const names = (await entriesOf(parent)).filter((name) => name.startsWith(partialPrefix));
  for (const folder of names.map((name) => join(parent, name))) {
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > hour) await rm(folder, { recursive: true, force: true });
  }
}

/** Everything in the folder, by name. */
function filesOf(content: PackageContent): Record<string, string | Uint8Array> {
  const files: Record<string, string | Uint8Array> = {};
  const networks: Record<string, NetworkManifest> = {};
  for (const [role, network] of Object.entries(content.networks)) {
    const file = `${role}.onnx`;
    files[file] = network.bytes;
    networks[role] = networkManifest(network, file);
  }
  const text = `${JSON.stringify({ ...content.manifest, networks }, null, 2)}\n`;
  parseManifest(text, 'the manifest to be written');
  const { card, preview } = content;
  const shown = preview === undefined ? {} : { 'preview.webp': preview };
  return { ...files, 'manifest.json': text, 'CARD.md': card, ...shown };
}

/** Somebody else has put a folder there in the meantime. */
function isTaken(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException).code;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}
