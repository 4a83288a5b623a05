import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnpairedError } from '../../core/errors.ts';
import { type Manifest, type NetworkManifest, parseManifest } from '../../core/manifest.ts';
import type { DType } from '../../core/tensor.ts';
import { dimText } from '../../onnx/dimension.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { serialize } from '../../onnx/serialize.ts';

/** A version of a model is there already; a served version is never changed. */
export class PackageExistsError extends UnpairedError {
  constructor(path: string) {
    super(`${path} exists already: choose another version, or remove it first`, {
      code: 'PACKAGE_EXISTS',
      status: 409,
    });
  }
}

/** What a model package holds besides what can be computed from it. */
export interface PackageContent {
  readonly manifest: Omit<Manifest, 'networks'>;
  readonly networks: Readonly<Record<string, Graph>>;
  readonly card: string;
  /** WebP. */
  readonly preview: Uint8Array;
}

/**
 * Writes `models/<name>/<version>/` as a whole: into a folder beside it that is renamed when complete, so that a
 * killed export leaves no half package.
 * @returns the path of the package
 * @throws PackageExistsError
 */
export async function writePackage(models: string, content: PackageContent): Promise<string> {
  const { name, version } = content.manifest;
  const parent = join(models, name);
  const target = join(parent, version);
  await mkdir(parent, { recursive: true });
  if ((await readdir(parent)).includes(version)) throw new PackageExistsError(target);
  const partial = await mkdtemp(join(parent, '.partial-'));
  try {
    await writeContent(partial, content);
    // A temporary folder is its owner's alone; a package is read by whoever serves it.
    await chmod(partial, 0o755);
    await rename(partial, target);
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true });
    throw thrown;
  }
  return target;
}

/** The version after the highest one there, as a whole number; 1 for a new name. */
export async function nextVersion(models: string, name: string): Promise<string> {
  const entries = await readdir(join(models, name)).catch(() => []);
  const majors = entries.map((entry) => Number.parseInt(entry, 10)).filter(Number.isFinite);
  return String(Math.max(0, ...majors) + 1);
}

async function writeContent(folder: string, content: PackageContent): Promise<void> {
  const networks: Record<string, NetworkManifest> = {};
  for (const [role, graph] of Object.entries(content.networks)) {
    const file = `${role}.onnx`;
    const bytes = serialize(graph);
    networks[role] = describe(graph, file, bytes);
    await writeFile(join(folder, file), bytes);
  }
  const text = `${JSON.stringify({ ...content.manifest, networks }, null, 2)}\n`;
  parseManifest(text, 'the manifest to be written');
  await writeFile(join(folder, 'manifest.json'), text);
  await writeFile(join(folder, 'CARD.md'), content.card);
  await writeFile(join(folder, 'preview.webp'), content.preview);
}

function describe(graph: Graph, file: string, bytes: Uint8Array): NetworkManifest {
  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.byteLength,
    parameters: graph.constants
      .filter(isWeight)
      .reduce((sum, value) => sum + (value.constant?.data.length ?? 0), 0),
    inputs: graph.inputs.map(interfaceOf),
    outputs: graph.outputs.map(interfaceOf),
  };
}

/** Constants named by the state_dict, not the scalars and axes that the builder numbers. */
function isWeight(value: Value): boolean {
  return value.dtype === 'float32' && value.name.includes('.');
}

function interfaceOf({ name, dtype, shape }: Value): NetworkManifest['inputs'][number] {
  const picture = dtype === 'uint8' && shape.length === 4;
  return {
    name,
    dtype: dtype as DType & NetworkManifest['inputs'][number]['dtype'],
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : dimText(dim))),
    ...(picture ? { layout: 'NHWC' as const } : {}),
  };
}
