import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { type Tensor, tensor } from '../../core/tensor.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import { resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { serialize } from '../../onnx/serialize.ts';
import { type ActiveProvider, chooseProvider, Session } from '../../runtime/index.ts';
import { inferenceGraph } from './inference-graph.ts';

/** WebGPU without a graphics card: the software driver that Debian's chromium brings, and Vulkan's loader. */
const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const loaderInstalled = () =>
  readdirSync('/usr/lib').some((folder) => existsSync(path.join('/usr/lib', folder, 'libvulkan.so.1')));
const installed = process.platform === 'linux' && existsSync(driver) && loaderInstalled();
if (!installed)
  process.stderr.write(
    'skipped: the test of WebGPU, without a driver (apt-get install chromium libvulkan1)\n',
  );

const options = { filters: 4, blocks: 1 } as const;
const generator = resnetGenerator(options);

function model(): Uint8Array {
  const state = describeNetwork((scope) =>
    generator.forward(scope, scope.graph.input('x', 'float32', [1, 3, 16, 16])),
  );
  return serialize(
    inferenceGraph({
      name: 'small',
      weights: initializeNetwork(state, { type: 'torch-default' }, Random.of(4)),
      inputChannels: 3,
      sizeMultiple: 4,
      forward: (scope, x) => generator.forward(scope, x),
    }),
  );
}

function pictures(items: number, side: number): Tensor {
  const bytes = new Uint8Array(items * side * side * 3);
  const stream = Random.of(7, items, side);
  return tensor(
    'uint8',
    [items, side, side, 3],
    bytes.map(() => Math.floor(stream.uniform() * 256)),
  );
}

/** One session for all pictures: to make WebGPU's programs takes most of the time. */
async function translateAll(provider: ActiveProvider, of: readonly Tensor[]): Promise<number[][]> {
  const session = await Session.create(model(), { provider, threads: 1 });
  expect(session.provider).toBe(provider);
  const translations: number[][] = [];
  for (const picture of of) {
    const { translation } = await session.run({ picture });
    translations.push([...(translation?.data ?? [])].map(Number));
  }
  await session.dispose();
  return translations;
}

it.skipIf(!installed)(
  'translates on WebGPU as on the CPU, within 1 level of 255, alone and in a batch',
  async () => {
    process.env.VK_ICD_FILENAMES = driver;
    const both = [pictures(1, 16), pictures(3, 24)];
    const expected = await translateAll('cpu', both);
    const seen = await translateAll('webgpu', both);
    for (const [index, bytes] of expected.entries()) {
      expect(new Set(bytes).size).toBeGreaterThan(20);
      expect(seen[index]).toHaveLength(bytes.length);
      const differences = bytes.map((value, at) => Math.abs(value - (seen[index]?.[at] as number)));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    }
  },
  180_000,
);

it.skipIf(!installed)('chooses WebGPU on auto where there is no CUDA, and says why', async () => {
  process.env.VK_ICD_FILENAMES = driver;
  // No machine has this CUDA device.
  const { provider, note } = await chooseProvider('auto', 9999);
  expect(provider).toBe('webgpu');
  expect(note).toMatch(/^running on WebGPU: provider cuda does not work here/);
});
