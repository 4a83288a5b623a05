import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../core/manifest.ts';
import { Random } from '../../core/random.ts';
import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import { fromPlanes, toPlanes } from '../../image/index.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import { attributeEncoder } from '../../nn/networks/drit/attribute-encoder.ts';
import { contentEncoder } from '../../nn/networks/drit/content-encoder.ts';
import { exemplarGenerator } from '../../nn/networks/drit/exemplar-generator.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { Session } from '../../runtime/index.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { integers, normals } from '../../testing/samples.ts';
import { methodOf } from '../methods/index.ts';
import type { ExemplarGuidedTranslator, Method } from '../methods/method.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { writePackage } from './package.ts';
import type { PackagedNetwork } from './packaged-network.ts';
import { packagedNetworks, translatorDescription, translatorWeights } from './packaged-translator.ts';

const variant = 'concat';
const content = contentEncoder({ width: 2 });
const attribute = attributeEncoder({ variant, width: 2, attributeCodeSize: 3 });
const { forward: generate } = exemplarGenerator({ variant });

const translator: ExemplarGuidedTranslator = {
  kind: 'exemplar-guided',
  from: 'A',
  to: 'B',
  sizeMultiple: 4,
  identity: false,
  attributeCodeSize: 3,
  contentEncoder: { network: 'enc_c', forward: (scope, x) => content.forward(scope, 'A', x) },
  attributeEncoder: { network: 'enc_a', forward: (scope, x) => attribute.forward(scope, 'B', x).mean },
  generator: { network: 'gen', forward: (scope, c, z) => generate(scope, 'B', c, z) },
};

/** Weights that a translator from A to B needs, and no others. */
const weights: Readonly<Record<string, Map<string, Tensor>>> = Object.fromEntries(
  [
    ['enc_c', translator.contentEncoder.forward, [[1, 3, 32, 32]]],
    ['enc_a', translator.attributeEncoder.forward, [[1, 3, 32, 32]]],
    [
      'gen',
      translator.generator.forward,
      [
        [1, 8, 8, 8],
        [1, 3],
      ],
    ],
  ].map(([network, forward, shapes]) => {
    const state = describeNetwork((scope) =>
      (forward as (...given: unknown[]) => unknown)(
        scope,
        ...(shapes as number[][]).map((shape, index) => scope.graph.input(`x${index}`, 'float32', shape)),
      ),
    );
    return [network, initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(1, String(network)))];
  }),
);
const weightsOf = (network: string) => weights[network] as Map<string, Tensor>;
const method = { name: 'drit', networks: {} } as unknown as Method;

async function run({ bytes }: PackagedNetwork, feeds: Readonly<Record<string, Tensor>>) {
  const session = await Session.create(bytes, { provider: 'cpu', threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

const size = { width: 36, height: 40 };
const picture = tensor(
  'uint8',
  [1, size.height, size.width, 3],
  Uint8Array.from(integers([size.height * size.width * 3], [0, 256], 'picture').data, Number),
);

describe('an exemplar-guided translator', () => {
  const networks = packagedNetworks(method, translator, weightsOf);
  const network = (role: string) => networks[role] as PackagedNetwork;

  it('becomes three networks, with bytes where pictures are and free sizes', () => {
    const bytes = { dtype: 'uint8', layout: 'NHWC', shape: ['N', '4*h', '4*w', 3] };
    const between = { name: 'content', dtype: 'float32', shape: ['N', 8, 'h', 'w'] };
    const codes = { name: 'attribute', dtype: 'float32', shape: ['N', 3] };
    const faces = Object.entries(networks).map(([role, { inputs, outputs }]) => [role, inputs, outputs]);
    expect(faces).toEqual([
      ['content-encoder', [{ name: 'picture', ...bytes }], [between]],
      ['attribute-encoder', [{ name: 'picture', ...bytes }], [codes]],
      ['generator', [between, codes], [{ name: 'translation', ...bytes }]],
    ]);
    for (const [role, name] of [
      ['content-encoder', 'enc_c'],
      ['attribute-encoder', 'enc_a'],
      ['generator', 'gen'],
    ] as const) {
      const values = [...weightsOf(name).values()].reduce((sum, { data }) => sum + data.length, 0);
      // The head of the variance is trained, but no part of the mean.
      const unused = name === 'enc_a' ? 3 * 8 + 3 : 0;
      expect(network(role).parameters).toBe(values - unused);
    }
  });

  it('makes the same picture through its three networks as in one graph', async () => {
    const { content: encoded } = await run(network('content-encoder'), { picture });
    const { attribute: code } = await run(network('attribute-encoder'), { picture });
    const feeds = { content: encoded as Tensor, attribute: code as Tensor };
    const { translation } = await run(network('generator'), feeds);
    expect(translation?.dims).toEqual(picture.dims);
    const planes = float32([1, 3, size.height, size.width], toPlanes({ ...size, data: picture.data }));
    const all = translatorWeights(translator, weightsOf);
    const graph = networkGraph('all', all, { x: { dtype: 'float32', shape: planes.dims } }, (scope, x) =>
      generate(
        scope.child('gen'),
        'B',
        content.forward(scope.child('enc_c'), 'A', x),
        translator.attributeEncoder.forward(scope.child('enc_a'), x),
      ),
    );
    const floats = await evaluateOne(graph, { x: planes });
    const expected = fromPlanes(floats.data as Float32Array, size).data;
    const differences = expected.map((value, index) => Math.abs(value - Number(translation?.data[index])));
    // What goes into packages truncates as the published code does; this rounds.
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  it('makes as many pictures of one content as there are codes', async () => {
    const { content: encoded } = (await run(network('content-encoder'), { picture })) as {
      content: Tensor<'float32'>;
    };
    const [, ...rest] = encoded.dims;
    const twice = float32([2, ...rest], [...encoded.data, ...encoded.data]);
    const codes = normals([2, 3], 'codes');
    const { translation } = await run(network('generator'), { content: twice, attribute: codes });
    expect(translation?.dims).toEqual([2, size.height, size.width, 3]);
    const half = picture.data.length;
    const [first, second] = [translation?.data.slice(0, half), translation?.data.slice(half)];
    expect(first).not.toEqual(second);
  });

  it('is written and described as one package', async () => {
    const models = await temporaryFolder();
    const path = await writePackage(models, {
      manifest: {
        schemaVersion: 1,
        name: 'a2b',
        version: '1',
        method: 'drit',
        sourceDomain: 'a',
        targetDomain: 'b',
        image: { width: 64, height: 64, flexible: true, multipleOf: 4, maximumPixels: 4096 },
        translator: translatorDescription(translator),
        provenance: { createdAt: new Date(0).toISOString(), software: 'test' },
      },
      networks,
      card: '# a2b\n',
    });
    const files = ['attribute-encoder.onnx', 'content-encoder.onnx', 'generator.onnx'];
    expect((await readdir(path)).sort()).toEqual(['CARD.md', ...files, 'manifest.json'].sort());
    const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
    expect(manifest.translator).toEqual({
      kind: 'exemplar-guided',
      contentEncoder: 'content-encoder',
      attributeEncoder: 'attribute-encoder',
      generator: 'generator',
      attributeCodeSize: 3,
    });
  });
});

it('writes the weights of several networks behind their names, of one as they are', () => {
  const keys = [...translatorWeights(translator, weightsOf).keys()];
  expect(keys).toContain('enc_c.conv_share.0.model.1.weight');
  expect(keys).toContain('gen.decB1.0.model.1.weight');
  const [single] = methodOf(tinyConfig()).translators;
  const own = new Map([['model.1.weight', float32([1], [1])]]);
  expect(translatorWeights(single as NonNullable<typeof single>, () => own)).toBe(own);
});
