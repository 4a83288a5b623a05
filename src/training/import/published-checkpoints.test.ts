import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import { fromPlanes, toPlanes } from '../../image/index.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/index.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { chooseGenerator } from './find-generators.ts';
import { generatorNetwork } from './generator-network.ts';
import { importModel } from './import-model.ts';
import { readWeights } from './read-weights.ts';
import { recognise } from './recognise.ts';
import { trialPicture } from './trial.ts';

/** Checkpoints that the published code saved, with pictures and what it made of them. */
const cases = fileURLToPath(new URL('../../oracles/fixtures', import.meta.url));
const session = { provider: 'cpu', threads: 1 } as const;

interface StoredTensor {
  readonly name: string;
  readonly file: string;
  readonly shape: readonly number[];
  readonly atol: number;
}

function stored(folder: string, kind: 'inputs' | 'outputs', name: string) {
  const declared = JSON.parse(readFileSync(join(cases, folder, 'case.json'), 'utf8')) as Record<
    typeof kind,
    StoredTensor[]
  >;
  const { file, shape, atol } = declared[kind].find((each) => each.name === name) as StoredTensor;
  const bytes = readFileSync(join(cases, folder, file));
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { tensor: float32(shape, data), atol };
}

/** The recognised network on floats, without what turns bytes into them. */
async function translate(file: string, picture: Tensor): Promise<Tensor> {
  const { weights } = chooseGenerator(readWeights(file, await readFile(file)), undefined);
  const { forward, weights: fitting } = generatorNetwork(recognise(weights), weights);
  const graph = networkGraph('G', fitting, { x: { dtype: 'float32', shape: picture.dims } }, (scope, x) =>
    forward(scope, x),
  );
  return run(serialize(optimize(graph)), picture);
}

async function run(model: Uint8Array | string, picture: Tensor): Promise<Tensor> {
  const opened = await Session.create(model, session);
  try {
    const outputs = await opened.run({ [opened.inputNames[0] as string]: picture });
    return outputs[opened.outputNames[0] as string] as Tensor;
  } finally {
    await opened.dispose();
  }
}

const largestDifference = (a: Tensor, b: Tensor) =>
  (a.data as Float32Array).reduce(
    (worst, value, index) => Math.max(worst, Math.abs(value - (b.data[index] as number))),
    0,
  );

it.each([
  ['A_resnet6_mixed_down_classic_up_antialias', 'weights.pth', 'x', 'y'],
  ['D_cut_step', 'latest_net_G.pth', 'real_A', 'fake_B'],
  ['D_cut_step_batch2', 'latest_net_G.pth', 'real_A', 'fake_B'],
  ['D_cyclegan_step', 'latest_net_G_A.pth', 'real_A', 'fake_B'],
  ['D_cyclegan_step', 'latest_net_G_B.pth', 'real_B', 'fake_A'],
  ['D_dclgan_step', 'latest_net_G_A.pth', 'real_A', 'fake_B'],
  ['D_dclgan_step', 'latest_net_G_B.pth', 'real_B', 'fake_A'],
  ['D_enco_step', 'latest_net_G.pth', 'real_A', 'fake_B'],
])('%s/%s translates as the published code does', async (folder, file, input, output) => {
  const expected = stored(folder, 'outputs', output);
  const found = await translate(join(cases, folder, file), stored(folder, 'inputs', input).tensor);
  expect(found.dims).toEqual(expected.tensor.dims);
  expect(largestDifference(found, expected.tensor)).toBeLessThanOrEqual(expected.atol);
});

it('the package makes the bytes of these floats', async () => {
  const file = join(cases, 'D_cut_step', 'latest_net_G.pth');
  const request = { changes: [], pictures: [], commands: [], software: 'unpaired test', session };
  const path = await importModel({
    ...request,
    file,
    models: await temporaryFolder(),
    name: 'a2b',
    size: 32,
  });
  const picture = trialPicture({ width: 32, height: 24 });
  const bytes = await run(join(path, 'generator.onnx'), tensor('uint8', [1, 24, 32, 3], picture.data));
  const floats = await translate(file, float32([1, 3, 24, 32], toPlanes(picture)));
  const expected = fromPlanes(floats.data as Float32Array, picture);
  // A value on the border of two levels may fall to either side.
  expect(largestDifference(bytes, { ...bytes, data: expected.data })).toBeLessThanOrEqual(1);
  const different = expected.data.filter((value, index) => value !== bytes.data[index]);
  expect(different.length).toBeLessThan(expected.data.length / 200);
});
