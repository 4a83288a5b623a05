import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tinyModel } from '../../testing/tiny-model.ts';

const picture = { dtype: 'float32', shape: ['n', 3, 'h', 'w'] } as const;

/** The mean of each channel: three features of pictures of 4x4 pixels in [0, 1]. */
const channelMeans = tinyModel({
  inputs: [{ ...picture, name: 'x', shape: ['n', 3, 4, 4] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['n', 3, 1, 1] }],
  nodes: [{ operator: 'GlobalAveragePool', inputs: ['x'], outputs: ['y'] }],
});

/** The mean absolute difference of two pictures in [0, 1]. */
const meanDifference = tinyModel({
  inputs: [
    { ...picture, name: 'a' },
    { ...picture, name: 'b' },
  ],
  outputs: [{ name: 'd', dtype: 'float32', shape: [] }],
  nodes: [
    { operator: 'Sub', inputs: ['a', 'b'], outputs: ['difference'] },
    { operator: 'Abs', inputs: ['difference'], outputs: ['size'] },
    { operator: 'ReduceMean', inputs: ['size'], outputs: ['d'], integers: {} },
  ],
});

/** Writes two extractors below `root`: `channel-means` and `mean-difference`, whose figures can be told by hand. */
export async function writeTinyExtractors(root: string): Promise<void> {
  await write(root, 'channel-means', channelMeans, {
    kind: 'features',
    picture: { range: [0, 1], size: { width: 4, height: 4 } },
    onnx: { input: 'x', output: 'y' },
    dimension: 3,
  });
  await write(root, 'mean-difference', meanDifference, {
    kind: 'lpips',
    picture: { range: [0, 1], minimumSize: 8 },
    onnx: { inputs: ['a', 'b'], output: 'd' },
  });
}

async function write(
  root: string,
  name: string,
  network: Uint8Array,
  { onnx, ...description }: { readonly onnx: object; readonly [key: string]: unknown },
): Promise<void> {
  const sha256 = createHash('sha256').update(network).digest('hex');
  const provenance = {
    createdAt: '2026-01-02T03:04:05Z',
    software: 'test',
    sources: [{ file: 'x.onnx', sha256 }],
  };
  const file = { file: 'network.onnx', sha256, bytes: network.length };
  const text = {
    schemaVersion: 1,
    name,
    network: 'a test',
    ...description,
    onnx: { ...file, ...onnx },
    provenance,
  };
  await mkdir(path.join(root, name), { recursive: true });
  await writeFile(path.join(root, name, 'network.onnx'), network);
  await writeFile(path.join(root, name, 'extractor.json'), JSON.stringify(text));
}
