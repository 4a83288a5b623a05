import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '../../core/manifest.ts';
import { tinyExemplarGuided } from './tiny-exemplar-guided.ts';

export interface PackageOptions {
  readonly name: string;
  readonly version?: string;
  /** Content of the network's file. Default: a few bytes that are no graph, for lanes that do not look. */
  readonly onnx?: Uint8Array;
  readonly image?: Partial<Manifest['image']>;
  /** Default: uint8 NHWC, as our own exports have it. */
  readonly boundary?: 'uint8-NHWC' | 'float32-NCHW';
  /** Last changes to the manifest, for packages that are wrong. */
  readonly edit?: (manifest: Record<string, unknown> & Manifest) => void;
}

/** Writes `<root>/<name>/<version>/` with a manifest and one network file; returns the folder. */
export async function writePackage(root: string, options: PackageOptions): Promise<string> {
  const { name, version = '1', onnx = new TextEncoder().encode('not a graph') } = options;
  const folder = path.join(root, name, version);
  await mkdir(folder, { recursive: true });
  const manifest = manifestOf(options, version, onnx);
  options.edit?.(manifest);
  await writeFile(path.join(folder, 'generator.onnx'), onnx);
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

/** A manifest of one feed-forward network. */
export function manifestOf(
  { name, image, boundary = 'uint8-NHWC' }: PackageOptions,
  version: string,
  onnx: Uint8Array,
): Manifest {
  const face =
    boundary === 'uint8-NHWC'
      ? ({ dtype: 'uint8', shape: ['batch', 'height', 'width', 3], layout: 'NHWC' } as const)
      : ({ dtype: 'float32', shape: ['batch', 3, 'height', 'width'], layout: 'NCHW' } as const);
  return {
    schemaVersion: 1,
    name,
    version,
    method: 'cut',
    sourceDomain: 'light',
    targetDomain: 'dark',
    image: { width: 16, height: 16, flexible: true, multipleOf: 4, maximumPixels: 1024 * 1024, ...image },
    translator: { kind: 'feed-forward', network: 'generator' },
    networks: {
      generator: {
        file: 'generator.onnx',
        sha256: createHash('sha256').update(onnx).digest('hex'),
        bytes: onnx.length,
        inputs: [{ name: 'input', ...face, shape: [...face.shape] }],
        outputs: [{ name: 'output', ...face, shape: [...face.shape] }],
      },
    },
    provenance: { createdAt: '2026-01-01T00:00:00Z', software: 'unpaired test' },
  };
}

/** Width of the codes of {@link writeExemplarGuidedPackage}. */
export const tinyCodeSize = 8;

/** Writes a package of three small random networks that make many pictures of one; returns the folder. */
export async function writeExemplarGuidedPackage(
  root: string,
  options: Omit<PackageOptions, 'onnx' | 'boundary'> & { readonly seed?: number },
): Promise<string> {
  const { name, version = '1' } = options;
  const folder = path.join(root, name, version);
  const picture = { dtype: 'uint8', shape: ['batch', 'height', 'width', 3], layout: 'NHWC' } as const;
  const code = { name: 'attribute', dtype: 'float32', shape: ['batch', tinyCodeSize] } as const;
  const { files, contentChannels } = tinyExemplarGuided({ codeSize: tinyCodeSize, seed: options.seed ?? 1 });
  const content = {
    name: 'content',
    dtype: 'float32',
    shape: ['batch', contentChannels, 'height/4', 'width/4'],
  } as const;
  const faces = {
    'content-encoder': { inputs: [{ name: 'picture', ...picture }], outputs: [content] },
    'attribute-encoder': { inputs: [{ name: 'picture', ...picture }], outputs: [code] },
    generator: { inputs: [content, code], outputs: [{ name: 'output', ...picture }] },
  };
  const manifest: Manifest = {
    ...manifestOf(options, version, new Uint8Array()),
    method: 'drit',
    translator: {
      kind: 'exemplar-guided',
      contentEncoder: 'content-encoder',
      attributeEncoder: 'attribute-encoder',
      generator: 'generator',
      attributeCodeSize: tinyCodeSize,
    },
    networks: describeNetworks(files, faces),
  };
  options.edit?.(manifest);
  return writeNetworks(folder, manifest, files);
}

/** Networks of a manifest, by name: each has a file of that name, and a face, its inputs and outputs. */
export function describeNetworks(
  files: Readonly<Record<string, Uint8Array>>,
  faces: Readonly<Record<string, object>>,
): Manifest['networks'] {
  const networks = Object.entries(files).map(([network, onnx]) => {
    const sha256 = createHash('sha256').update(onnx).digest('hex');
    const face = structuredClone(faces[network]);
    return [network, { file: `${network}.onnx`, sha256, bytes: onnx.length, ...face }];
  });
  return Object.fromEntries(networks) as unknown as Manifest['networks'];
}

/** Writes a manifest and its networks' files; returns the folder. */
export async function writeNetworks(
  folder: string,
  manifest: Manifest,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [network, onnx] of Object.entries(files))
    await writeFile(path.join(folder, `${network}.onnx`), onnx);
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}
