import { describe, expect, it } from 'vitest';
import { manifestSchema } from '../../core/manifest.ts';
import { float32, int64, type Tensor, tensor, toNumbers } from '../../core/tensor.ts';
import { fromPlanes, toPlanes } from '../../image/index.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import type { Domain } from '../../nn/networks/domain.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Value } from '../../onnx/ir.ts';
import { Session } from '../../runtime/index.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { integers, normals } from '../../testing/samples.ts';
import { drawnAutoencoder, drawnTransformer } from '../testing/drawn-vector-quantized.ts';
import { networkManifest, type PackagedNetwork } from './packaged-network.ts';
import {
  floatPictureNetworks,
  type VectorQuantizedModel,
  vectorQuantizedDescription,
  vectorQuantizedNetworks,
} from './vector-quantized-networks.ts';

const { autoencoder, weights } = drawnAutoencoder({ codebookSize: 9 });
const prior = {
  ...drawnTransformer({ vocabulary: 9, positions: 18, layers: 2, heads: 2, width: 4 }),
  window: { height: 3, width: 3 },
  conditioning: 'whole',
} as const;

const styles = {
  B: {
    mean: [1, 2, 3],
    factor: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  },
};
const model: VectorQuantizedModel = { autoencoder, weights, source: 'A', styles, prior };
const networks = vectorQuantizedNetworks(model);
const network = (role: string, of = networks) => of[role] as PackagedNetwork;

async function run({ bytes }: PackagedNetwork, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const session = await Session.create(bytes, { provider: 'cpu', threads: 1 });
  try {
    const outputs = await session.run(feeds);
    return outputs[session.outputNames[0] as string] as Tensor;
  } finally {
    await session.dispose();
  }
}

/** The same by the network as it is trained. */
function directly(
  feeds: Readonly<Record<string, Tensor>>,
  build: (scope: Scope, ...values: Value[]) => Value,
): Promise<Tensor> {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, dims }]) => [name, { dtype, shape: dims }]),
  );
  return evaluateOne(networkGraph('direct', weights, inputs, build), feeds);
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] as number))), 0);

function pictures(count: number, height: number, width: number) {
  const { data } = integers([count * height * width * 3], [0, 256], 'pictures', height, width);
  return tensor('uint8', [count, height, width, 3], Uint8Array.from(data, Number));
}

function planesOf({ dims, data }: Tensor<'uint8'>): Tensor<'float32'> {
  const [count, height, width] = dims as [number, number, number, number];
  const size = height * width * 3;
  const each = Array.from({ length: count }, (_, index) =>
    toPlanes({ width, height, data: data.slice(index * size, (index + 1) * size) }),
  );
  return float32(
    [count, 3, height, width],
    each.flatMap((planes) => [...planes]),
  );
}

const codes = integers([2, 4, 6], [0, 9], 'codes');
const stylesOf = (strips: number) => normals([2, strips, 3], 'styles', strips);

describe('the networks of a vector-quantized model', () => {
  it('have bytes where pictures are, and free sizes', () => {
    const bytes = { dtype: 'uint8', layout: 'NHWC' };
    const pictureInput = { name: 'picture', ...bytes, shape: ['N', '4*h', '4*w', 3] };
    const styleOutput = { name: 'style', dtype: 'float32', shape: ['N', 3] };
    const decoderFaces = [
      [
        { name: 'codes', dtype: 'int64', shape: ['N', 'h', 'k*s'] },
        { name: 'styles', dtype: 'float32', shape: ['N', 'k', 3] },
      ],
      [{ name: 'picture', ...bytes, shape: ['N', '4*h', '4*k*s', 3] }],
    ];
    const faces = Object.entries(networks).map(([role, { inputs, outputs }]) => [role, [inputs, outputs]]);
    expect(Object.fromEntries(faces.slice(0, -1))).toEqual({
      'content-encoder': [[pictureInput], [{ name: 'codes', dtype: 'int64', shape: ['N', 'h', 'w'] }]],
      'style-encoder-source': [[pictureInput], [styleOutput]],
      'decoder-source': decoderFaces,
      'style-encoder-target': [[pictureInput], [styleOutput]],
      'decoder-target': decoderFaces,
    });
    const [role, [inputs]] = faces.at(-1) as [string, [{ name: string }[]]];
    expect([role, inputs.map(({ name }) => name)]).toEqual([
      'prior',
      ['tokens', 'lengths', 'keys_0', 'values_0', 'keys_1', 'values_1'],
    ]);
  });

  it('count the parameters that each has', () => {
    const counts = Object.fromEntries(
      Object.entries(networks).map(([role, { parameters }]) => [role, parameters ?? 0]),
    );
    const sizeOf = (test: (key: string) => boolean) =>
      [...weights]
        .filter(([key]) => test(key) && !key.includes('.running_'))
        .reduce((sum, [, { data }]) => sum + data.length, 0);
    const book = sizeOf((key) => key === 'quantize.embedding.weight');
    expect(counts['content-encoder']).toBe(
      book + sizeOf((key) => key.startsWith('encoder.') || key.startsWith('quant_conv.')),
    );
    expect(counts['style-encoder-target']).toBe(sizeOf((key) => key.startsWith('style_enc_b.')));
    const painting = /^(post_quant_conv|mlp_a|decoder_a)\./;
    expect(counts['decoder-source']).toBe(book + sizeOf((key) => painting.test(key)));
    expect(counts.prior).toBe(
      [...prior.weights].reduce((sum, [key, { data }]) => sum + (key.endsWith('.mask') ? 0 : data.length), 0),
    );
  });

  it.each([
    [1, 16, 16],
    [2, 24, 40],
  ])('encode pictures as the autoencoder does: %d of %dx%d', async (count, height, width) => {
    const picture = pictures(count, height, width);
    const planes = { x: planesOf(picture) };
    const found = await run(network('content-encoder'), { picture });
    const expected = await directly(planes, (scope, x) => {
      return autoencoder.quantize(scope, autoencoder.features(scope, x as Value)).indices;
    });
    expect(found).toEqual(expected);
    expect(new Set(toNumbers(found)).size).toBeGreaterThan(2);
    for (const [role, domain] of [
      ['source', 'A'],
      ['target', 'B'],
    ] as const) {
      const style = await run(network(`style-encoder-${role}`), { picture });
      const own = await directly(planes, (scope, x) => autoencoder.style(scope, domain, x as Value));
      expect(style.dims).toEqual([count, 3]);
      expect(largestDifference(toNumbers(style), toNumbers(own))).toBeLessThan(1e-5);
    }
  });

  it.each([
    ['source', 'A'],
    ['target', 'B'],
  ] as const)(
    'decode as the autoencoder does, with a style for the whole width: %s',
    async (side, domain) => {
      const style = stylesOf(1);
      const found = await run(network(`decoder-${side}`), { codes, styles: style });
      const flat = float32([2, 3], style.data);
      const expected = await directly({ codes, style: flat }, (scope, indices, each) =>
        autoencoder.decode(scope, domain, autoencoder.entries(scope, indices as Value), each as Value),
      );
      expect(found.dims).toEqual([2, 16, 24, 3]);
      expectPictures(found as Tensor<'uint8'>, expected as Tensor<'float32'>);
      expect(new Set(toNumbers(found)).size).toBeGreaterThan(50);
    },
  );

  it.each([2, 3])('style %d strips, each by itself, before the rest sees them together', async (strips) => {
    const each = stylesOf(strips);
    const found = await run(network('decoder-target'), { codes, styles: each });
    const expected = await directly({ codes, styles: each }, (scope, indices, given) =>
      decodedInStrips(scope, 'B', indices as Value, given as Value, strips),
    );
    expectPictures(found as Tensor<'uint8'>, expected as Tensor<'float32'>);
  });

  it('normalise each strip alone, also where all have the same style', async () => {
    const style = [0.5, -1, 2];
    const feeds = (strips: number) => ({
      codes: int64([1, 4, 6], toNumbers(codes).slice(0, 24)),
      styles: float32([1, strips, 3], Array.from({ length: strips }, () => style).flat()),
    });
    const whole = await run(network('decoder-target'), feeds(1));
    expect(await run(network('decoder-target'), feeds(2))).not.toEqual(whole);
  });

  it('give pictures as they come, where it is asked whether they are finite', async () => {
    const floats = floatPictureNetworks(model);
    const picture = await run(network('decoder-source', floats), { codes, styles: stylesOf(1) });
    expect([picture.dtype, picture.dims]).toEqual(['float32', [2, 3, 16, 24]]);
  });
});

describe('the description of a vector-quantized model', () => {
  const entries = Object.fromEntries(
    Object.entries(networks).map(([role, each]) => [role, networkManifest(each, `${role}.onnx`)]),
  );
  const manifest = (translator: unknown, present: object = entries) => ({
    schemaVersion: 1,
    name: 'a2b',
    version: '1',
    method: 'vq-i2i',
    sourceDomain: 'a',
    targetDomain: 'b',
    image: { width: 32, height: 32, flexible: true, multipleOf: 4, maximumPixels: 4096 },
    translator,
    networks: present,
    provenance: { createdAt: new Date(0).toISOString(), software: 'test' },
  });

  it('is what a manifest takes, and names the networks that there are', () => {
    const description = vectorQuantizedDescription(model);
    expect(manifestSchema.parse(manifest(description)).translator).toEqual(description);
    expect(description).toMatchObject({
      kind: 'vector-quantized',
      codebookSize: 9,
      pixelsPerCode: 4,
      styleCodeSize: 3,
      target: { styles: styles.B },
      prior: { network: 'prior', window: { height: 3, width: 3 }, conditioning: 'whole' },
    });
    expect(description).not.toHaveProperty('source.styles');
  });

  it('has no prior where there is none', () => {
    const { prior: _, ...first } = model;
    expect(vectorQuantizedDescription(first)).not.toHaveProperty('prior');
    expect(Object.keys(vectorQuantizedNetworks(first))).not.toContain('prior');
  });

  it('turns round with the domain that is the source', async () => {
    const turned = { ...model, source: 'B' } as const;
    expect(vectorQuantizedDescription(turned)).toMatchObject({ source: { styles: styles.B } });
    const feeds = { codes, styles: stylesOf(1) };
    const back = await run(network('decoder-source', vectorQuantizedNetworks(turned)), feeds);
    expect(back).toEqual(await run(network('decoder-target'), feeds));
  });
});

/** What is packaged truncates to bytes as the published code does; this rounds. */
function expectPictures(found: Tensor<'uint8'>, { dims, data }: Tensor<'float32'>): void {
  const [count, channels, height, width] = dims as [number, number, number, number];
  const size = channels * height * width;
  for (let index = 0; index < count; index++) {
    const planes = data.slice(index * size, (index + 1) * size);
    const bytes = found.data.slice(index * size, (index + 1) * size);
    expect(largestDifference(bytes, fromPlanes(planes, { width, height }).data)).toBeLessThanOrEqual(1);
  }
}

function decodedInStrips(scope: Scope, domain: Domain, codes: Value, styles: Value, strips: number): Value {
  const { graph } = scope;
  const maps = autoencoder.begin(scope, domain, autoencoder.entries(scope, codes));
  const width = 6 / strips;
  const parts = Array.from({ length: strips }, (_, strip) => {
    const own = { starts: [strip], ends: [strip + 1], axes: [1] };
    const modulation = autoencoder.modulation(scope, domain, graph.Squeeze(graph.Slice(styles, own), [1]));
    const range = { starts: [strip * width], ends: [(strip + 1) * width], axes: [3] };
    return autoencoder.stylize(scope, domain, graph.Slice(maps, range), modulation);
  });
  return autoencoder.finish(scope, domain, graph.Concat(parts, 3));
}
