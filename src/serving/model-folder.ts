import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { type Manifest, modelNamePattern, parseManifest } from '../core/manifest.ts';

/** A model package cannot be served; the message is the reason that /models shows. */
export class ModelPackageError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'MODEL_PACKAGE_INVALID', status: 503, ...options });
  }
}

/** The folder of models cannot be read at all: the service must not start. */
export class ModelsFolderError extends UnpairedError {
  constructor(folder: string, cause: unknown) {
    super(`MODELS_DIR "${folder}" cannot be read: ${messageOf(cause)}`, {
      code: 'MODELS_DIR_UNREADABLE',
      status: 500,
      cause,
    });
  }
}

/** Folders `<name>/<version>` of one model, newest version first; no version: there was no folder to take. */
export interface ModelFolder {
  readonly name: string;
  readonly versions: readonly string[];
}

/** Lists the models of a folder by name. Files and hidden folders are not models. */
export async function listModels(root: string): Promise<ModelFolder[]> {
  let names: string[];
  try {
    names = await subfolders(root);
  } catch (cause) {
    throw new ModelsFolderError(root, cause);
  }
  return Promise.all(
    names.sort().map(async (name) => {
      const versions = await subfolders(path.join(root, name));
      return { name, versions: versions.sort(compareVersions).reverse() };
    }),
  );
}

async function subfolders(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  // stat, not the entry's own type: a model may be a symbolic link, as a mounted volume makes them.
  const kinds = await Promise.all(names.map((name) => stat(path.join(folder, name)).catch(() => undefined)));
  return names.filter((_, index) => kinds[index]?.isDirectory());
}

/** Numeric order of `1.10.0` and `1.9`; a missing part counts as 0, what is no number sorts first. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number)) as [number[], number[]];
  if (a.some(Number.isNaN) || b.some(Number.isNaN)) {
    return Number(b.some(Number.isNaN)) - Number(a.some(Number.isNaN)) || left.localeCompare(right);
  }
  for (let part = 0; part < Math.max(a.length, b.length); part++) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Reads and checks one package: manifest, its name and version against the folder, each file's presence, size and
 * checksum. Messages name the model, never the place of the folder on this machine, because clients read them.
 * @throws ModelPackageError or ManifestError with the reason
 */
export async function readPackage(root: string, name: string, version: string): Promise<Manifest> {
  const where = `${name}/${version}/manifest.json`;
  if (!modelNamePattern.test(name)) {
    throw new ModelPackageError(
      `"${name}" is not a model name: lower-case letters, digits, dots, dashes; 1 to 64 characters`,
    );
  }
  const folder = path.join(root, name, version);
  const text = await readFile(path.join(folder, 'manifest.json'), 'utf8').catch((cause: unknown) => {
    throw new ModelPackageError(`${where} cannot be read (${codeOf(cause)})`, { cause });
  });
  const manifest = parseManifest(text, where);
  if (manifest.name !== name || manifest.version !== version) {
    throw new ModelPackageError(
      `${where} says it is ${manifest.name}/${manifest.version}; the folder says ${name}/${version}`,
    );
  }
  for (const network of Object.values(manifest.networks))
    await checkFile(folder, `${name}/${version}`, network);
  return manifest;
}

async function checkFile(
  folder: string,
  where: string,
  network: { file: string; sha256: string; bytes: number },
): Promise<void> {
  const file = path.join(folder, network.file);
  const bytes = await stat(file).then(
    (found) => found.size,
    (cause: unknown) => {
      throw new ModelPackageError(`${where}/${network.file} is missing (${codeOf(cause)})`, { cause });
    },
  );
  if (bytes !== network.bytes) {
    throw new ModelPackageError(
      `${where}/${network.file} has ${bytes} bytes, the manifest says ${network.bytes}`,
    );
  }
  const sha256 = await hashFile(file);
  if (sha256 !== network.sha256) {
    throw new ModelPackageError(
      `${where}/${network.file} has sha256 ${sha256}, the manifest says ${network.sha256}`,
    );
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause);
}
