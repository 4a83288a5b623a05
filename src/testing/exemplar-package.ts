import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest, NetworkManifest, TensorInterface } from '../core/manifest.ts';
import { type TinyModel, tinyModel } from './tiny-model.ts';

const picture = {
  name: 'picture',
  dtype: 'uint8',
  shape: ['n', 'h', 'w', 3],
  layout: 'NHWC',
} satisfies TensorInterface;
const content = {
  name: 'content',
  dtype: 'float32',
  shape: ['n', 3, 'ch', 'cw'],
} satisfies TensorInterface;
const attribute = { name: 'attribute', dtype: 'float32', shape: ['n', 3] } satisfies TensorInterface;
const output = { ...picture, name: 'output' } satisfies TensorInterface;

const number = (value: number) => ({ shape: [], values: Float32Array.of(value) });
/** How far a code of 1 moves the mean of a channel. */
const strength = 0.1;

const planes: TinyModel['nodes'] = [
  { operator: 'DequantizeLinear', inputs: ['picture', 'level'], outputs: ['levels'] },
  { operator: 'Transpose', inputs: ['levels'], outputs: ['planes'], integers: { perm: [0, 3, 1, 2] } },
];

/** Content is a picture at a quarter of its size, in [0, 1]. */
const contentEncoder: TinyModel = {
  inputs: [picture],
  outputs: [content],
  weights: { level: number(1 / 255) },
  nodes: [
    ...planes,
    {
      operator: 'AveragePool',
      inputs: ['planes'],
      outputs: ['content'],
      integers: { kernel_shape: [4, 4], strides: [4, 4] },
    },
  ],
};

/** A code is the mean of each channel, from 0.5 on, in units of `strength`. */
const attributeEncoder: TinyModel = {
  inputs: [picture],
  outputs: [attribute],
  weights: { level: number(1 / 255), grey: number(0.5), strength: number(strength) },
  nodes: [
    ...planes,
    { operator: 'ReduceMean', inputs: ['planes'], outputs: ['means'], integers: { axes: [2, 3] } },
    { operator: 'Flatten', inputs: ['means'], outputs: ['flat'] },
    { operator: 'Sub', inputs: ['flat', 'grey'], outputs: ['moved'] },
    { operator: 'Div', inputs: ['moved', 'strength'], outputs: ['attribute'] },
  ],
};

/** What the content deviates from its mean, four times as large, around the colour that the code says. */
function generator(ignoresCode: boolean): TinyModel {
  const blocks = Float32Array.from({ length: 9 * 16 }, (_, at) => (Math.trunc(at / 16) % 4 === 0 ? 1 : 0));
  return {
    inputs: [content, attribute],
    outputs: [output],
    weights: {
      level: number(1 / 255),
      grey: number(0.5),
      strength: number(ignoresCode ? 0 : strength),
      blocks: { shape: [3, 3, 4, 4], values: blocks },
    },
    nodes: [
      { operator: 'ReduceMean', inputs: ['content'], outputs: ['means'], integers: { axes: [2, 3] } },
      { operator: 'Sub', inputs: ['content', 'means'], outputs: ['deviations'] },
      {
        operator: 'ConvTranspose',
        inputs: ['deviations', 'blocks'],
        outputs: ['large'],
        integers: { strides: [4, 4] },
      },
      { operator: 'Mul', inputs: ['attribute', 'strength'], outputs: ['shift'] },
      { operator: 'Add', inputs: ['shift', 'grey'], outputs: ['colour'] },
      // To [h, w, n, c], where a row of codes fits behind.
      { operator: 'Transpose', inputs: ['large'], outputs: ['places'], integers: { perm: [2, 3, 0, 1] } },
      { operator: 'Add', inputs: ['places', 'colour'], outputs: ['coloured'] },
      { operator: 'Transpose', inputs: ['coloured'], outputs: ['last'], integers: { perm: [2, 0, 1, 3] } },
      { operator: 'QuantizeLinear', inputs: ['last', 'level'], outputs: ['output'] },
    ],
  };
}

export interface ExemplarPackageOptions {
  readonly name: string;
  /** Whether every code gives the same picture: a model whose codes have collapsed. */
  readonly ignoresCode?: boolean;
}

/**
 * Writes `<root>/<name>/1/`: an exemplar-guided model of 16x16 pictures and codes of three values, which are the mean
 * colour of the output, so that what it makes can be told by hand. @returns the folder
 */
export async function writeExemplarPackage(
  root: string,
  { name, ignoresCode = false }: ExemplarPackageOptions,
): Promise<string> {
  const folder = path.join(root, name, '1');
  await mkdir(folder, { recursive: true });
  const models = {
    'content-encoder': contentEncoder,
    'attribute-encoder': attributeEncoder,
    generator: generator(ignoresCode),
  };
  const networks: Record<string, NetworkManifest> = {};
  for (const [key, model] of Object.entries(models)) {
    const bytes = tinyModel(model);
    await writeFile(path.join(folder, `${key}.onnx`), bytes);
    networks[key] = {
      file: `${key}.onnx`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
      inputs: model.inputs.map((face) => face as TensorInterface),
      outputs: model.outputs.map((face) => face as TensorInterface),
    };
  }
  const manifest: Manifest = {
    schemaVersion: 1,
    name,
    version: '1',
    method: 'drit',
    sourceDomain: 'A',
    targetDomain: 'B',
    image: { width: 16, height: 16, flexible: true, multipleOf: 4, maximumPixels: 4096 },
    translator: {
      kind: 'exemplar-guided',
      contentEncoder: 'content-encoder',
      attributeEncoder: 'attribute-encoder',
      generator: 'generator',
      attributeCodeSize: 3,
    },
    networks,
    provenance: { createdAt: '2026-01-01T00:00:00Z', software: 'unpaired test' },
  };
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}
