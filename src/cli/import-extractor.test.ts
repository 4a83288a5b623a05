import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readExtractor } from '../core/extractor-folder.ts';
import { Random } from '../core/random.ts';
import { float32, type Tensor } from '../core/tensor.ts';
import { initializeNetwork } from '../nn/initialize.ts';
import { lpips } from '../nn/networks/lpips.ts';
import { describeNetwork } from '../nn/sources.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { symbol } from '../onnx/dimension.ts';
import type { Value } from '../onnx/ir.ts';
import { serialize } from '../onnx/serialize.ts';
import { writeSafetensors } from '../training/pytorch/index.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

async function written(file: string, bytes: Uint8Array): Promise<string> {
  const target = path.join(await temporaryFolder(), file);
  await writeFile(target, bytes);
  return target;
}

/** An encoder of pictures [N, 3, 8, 8]. */
async function encoderFile(encode: (g: GraphBuilder, picture: Value) => Value): Promise<string> {
  const g = new GraphBuilder('encoder');
  const picture = g.input('picture', 'float32', [symbol('N'), 3, 8, 8]);
  return written('encoder.onnx', serialize(g.build({ code: encode(g, picture) })));
}

const means = (g: GraphBuilder, picture: Value) => g.GlobalAveragePool(picture);

/** Narrow LPIPS: torchvision's part, and its own. */
async function lpipsFiles(linear: (tensor: Tensor) => Tensor): Promise<[string, string]> {
  const widths = [2, 3, 3, 2, 2];
  const input = (name: string) => [name, 'float32', [1, 3, 64, 64]] as const;
  const state = describeNetwork((scope) =>
    lpips({ backbone: 'alexnet', widths }).forward(
      scope,
      scope.graph.input(...input('x')),
      scope.graph.input(...input('y')),
    ),
  );
  const all = [...initializeNetwork(state, { type: 'kaiming', gain: 1 }, Random.of(2))];
  const classifier = all
    .filter(([key]) => key.startsWith('net.'))
    .map(([key, tensor]) => [key.replace(/^net\.slice\d/, 'features'), tensor] as const);
  const own = all
    .filter(([key]) => key.startsWith('lin'))
    .map(([key, tensor]) => [key, linear(tensor)] as const);
  return [
    await written('alexnet.safetensors', writeSafetensors(new Map(classifier))),
    await written('alex.safetensors', writeSafetensors(new Map(own))),
  ];
}

const mapped = (change: (value: number) => number) => (tensor: Tensor) =>
  float32(tensor.dims, (tensor.data as Float32Array).map(change));

describe('unpaired import --as lpips-alex', () => {
  it('writes a package of two files', async () => {
    const [classifier, linear] = await lpipsFiles(mapped(Math.abs));
    const root = path.join(await temporaryFolder(), 'extractors');
    const args = ['import', classifier, '--as', 'lpips-alex', '--linear', linear, '--licence', 'BSD'];
    expect(await captureProgram(...args, '--extractors', root)).toEqual({
      code: 0,
      stdout: `${path.join(root, 'lpips-alex')}\n`,
      stderr: '',
    });
    const { extractor } = await readExtractor(root, 'lpips-alex');
    expect(extractor).toMatchObject({ kind: 'lpips', name: 'lpips-alex' });
    expect(extractor.provenance).toMatchObject({
      licence: 'BSD',
      sources: [{ file: 'alexnet.safetensors' }, { file: 'alex.safetensors' }],
    });
    expect(await readdir(root)).toEqual(['lpips-alex']);
    const again = await captureProgram(...args, '--extractors', root);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('lpips-alex exists already');
  });

  it('writes nothing when the distances are none', async () => {
    const [classifier, linear] = await lpipsFiles(mapped((value) => -Math.abs(value)));
    const root = path.join(await temporaryFolder(), 'extractors');
    const { code, stderr } = await captureProgram(
      ...['import', classifier, '--as', 'lpips-alex', '--linear', linear, '--extractors', root],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/distance 0 from themselves and above 0 from others, got 0, 0 and -/);
    await expect(readdir(root)).rejects.toThrow('ENOENT');
  });
});

describe('unpaired import --as features', () => {
  it('describes an ONNX encoder with its name and preprocessing', async () => {
    const root = await temporaryFolder();
    const file = await encoderFile(means);
    const about = ['--name', 'means', '--range', '-1..1', '--mean', '-1,0,0.5', '--deviation', '1,2,3'];
    const { code } = await captureProgram('import', file, '--as', 'features', '--extractors', root, ...about);
    expect(code).toBe(0);
    expect((await readExtractor(root, 'means')).extractor).toMatchObject({
      kind: 'features',
      network: 'encoder.onnx',
      dimension: 3,
      picture: { range: [-1, 1], mean: [-1, 0, 0.5], deviation: [1, 2, 3], size: { width: 8, height: 8 } },
    });
  });

  it.each([
    ['without a name', means, [], /needs a --name/],
    ['with a name that is a path', means, ['--name', '../x'], /"\.\.\/x" is not a name/],
    ['that is blind', (g: GraphBuilder, x: Value) => g.Mul(means(g, x), 0), ['--name', 'x'], /same features/],
    [
      'that is not finite',
      (g: GraphBuilder, x: Value) => g.Log(g.Sub(means(g, x), 9)),
      ['--name', 'x'],
      /output code is not finite/,
    ],
    ['with linear layers', means, ['--name', 'x', '--linear', 'y.pth'], /--linear belongs to --as lpips/],
  ])('refuses one %s, and writes nothing', async (_, encode, more, message) => {
    const root = await temporaryFolder();
    const file = await encoderFile(encode);
    const { code, stderr } = await captureProgram(
      ...['import', file, '--as', 'features', '--extractors', root, ...more],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(await readdir(root)).toEqual([]);
  });

  it('says what is no triple', async () => {
    const { code, stderr } = await captureProgram('import', 'x', '--as', 'features', '--mean', '1,2');
    expect(code).toBe(2);
    expect(stderr).toContain('Expected three numbers joined by commas.');
  });
});
