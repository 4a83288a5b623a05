import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseManifest } from '../core/manifest.ts';
import { decode } from '../image/index.ts';
import { networkGraph } from '../nn/network-graph.ts';
import { resnetGenerator } from '../nn/networks/resnet-generator.ts';
import type { Dim } from '../onnx/dimension.ts';
import { symbol } from '../onnx/dimension.ts';
import { serialize } from '../onnx/serialize.ts';
import {
  drawnWeights,
  smallResnet,
  smallUnet,
  torchFile,
} from '../training/import/fixtures/generator-weights.ts';
import { bytesOf, checkpointFile, text } from '../training/pytorch/handmade.ts';
import { writeSafetensors } from '../training/pytorch/index.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const horse = fileURLToPath(new URL('../../loadtest/pictures/horse.jpg', import.meta.url));
const weights = drawnWeights(smallResnet);

let folder = '';
let models = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  models = path.join(await temporaryFolder(), 'models');
  await mkdir(models);
});

/** Writes the bytes to a file and imports it. */
async function importBytes(name: string, bytes: Uint8Array, ...options: readonly string[]) {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return captureProgram('import', file, '--models', models, ...options);
}

async function manifestOf(name: string) {
  return parseManifest(await readFile(path.join(models, name, '1', 'manifest.json'), 'utf8'), name);
}

/** Translates the horse with a model. @returns its size */
async function translated(name: string): Promise<string> {
  const run = await captureProgram(
    ...['translate', name, horse, '--models', models, '--out', folder, '--provider', 'cpu', '--threads', '1'],
  );
  expect({ ...run, stderr: '' }).toEqual({
    code: 0,
    stdout: `${path.join(folder, 'horse.png')}\n`,
    stderr: '',
  });
  const { width, height } = await decode(await readFile(path.join(folder, 'horse.png')));
  return `${width}x${height}`;
}

/** An ONNX generator as another program would export it. */
function onnxFile(shape: readonly Dim[]): Uint8Array {
  const { forward } = resnetGenerator(smallResnet);
  return serialize(networkGraph('G', weights, { input: { dtype: 'float32', shape } }, forward));
}

const [n, h, w] = [symbol('batch'), symbol('height'), symbol('width')];

describe('unpaired import of a checkpoint', () => {
  it('makes a package that is served, and says what it recognised', async () => {
    const bytes = torchFile({ netG: weights });
    const about = ['--method', 'cut', '--size', '32', '--dataset', 'Drawings.', '--dataset-licence', 'CC0.'];
    const imported = await importBytes('x.pth', bytes, '--name', 'red2blue', '--picture', horse, ...about);
    expect(imported).toEqual({
      code: 0,
      stdout: `${path.join(models, 'red2blue', '1')}\n`,
      stderr:
        'recognised: kind=resnet inputChannels=3 outputChannels=3 filters=2 normalization=instance blocks=1 ' +
        'antialiasDown=true antialiasUp=true dropout=false (netG)\n',
    });
    const packaged = path.join(models, 'red2blue', '1');
    expect((await readdir(packaged)).sort()).toEqual([
      'CARD.md',
      'generator.onnx',
      'manifest.json',
      'preview.webp',
    ]);
    const card = await readFile(path.join(packaged, 'CARD.md'), 'utf8');
    expect(card).toMatch(
      /Imported by unpaired \d+\.\d+\.\d+ from a file called `x\.pth` \(sha256 [0-9a-f]{64}\)\./,
    );
    expect(card).toContain('## Data and licence\n\nDrawings.\n\nCC0.\n');
    expect(await manifestOf('red2blue')).toMatchObject({
      method: 'cut',
      sourceDomain: 'red',
      targetDomain: 'blue',
      image: { width: 32, height: 32, flexible: true, multipleOf: 4 },
      provenance: { dataset: 'Drawings.', datasetLicence: 'CC0.' },
    });
    const listed = await captureProgram('models', '--models', models);
    expect(listed.stdout).toMatch(/^red2blue +1 +cut +red -> blue +32x32, or any +generator .* +ok$/m);
    expect(await translated('red2blue')).toBe('40x28');
  });

  it('takes names from the file, and says in the card what is not known', async () => {
    const { code, stdout } = await importBytes(
      'cat2dog_cyclegan/latest_net_G_B.pth',
      torchFile(weights),
      '--size',
      '16',
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${path.join(models, 'dog2cat_cyclegan', '1')}\n` });
    expect(await manifestOf('dog2cat_cyclegan')).toMatchObject({
      method: 'imported',
      sourceDomain: 'dog',
      targetDomain: 'cat',
    });
    const card = await readFile(path.join(models, 'dog2cat_cyclegan', '1', 'CARD.md'), 'utf8');
    expect(card).toContain('What it was trained on is not stated.');
    expect(card).toContain('How its weights were trained is not stated.');
    expect(card).not.toContain('preview.webp');
    const again = await importBytes(
      'cat2dog_cyclegan/latest_net_G_B.pth',
      torchFile(weights),
      '--size',
      '16',
    );
    expect(again.stdout).toBe(`${path.join(models, 'dog2cat_cyclegan', '2')}\n`);
  });

  it('makes the same network of a safetensors file', async () => {
    await importBytes('one.pth', torchFile(weights), '--size', '16');
    await importBytes('two.safetensors', writeSafetensors(weights), '--size', '16');
    const [one, two] = [await manifestOf('one'), await manifestOf('two')];
    expect(two.networks).toEqual(one.networks);
  });

  it('takes a U-Net of one channel and two, at its own size', async () => {
    const unet = drawnWeights({ ...smallUnet, inputChannels: 1, outputChannels: 2, normalization: 'batch' });
    expect((await importBytes('grey.pt', torchFile(unet), '--size', '64')).code).toBe(0);
    expect((await manifestOf('grey')).image).toMatchObject({ width: 64, height: 64, flexible: false });
    expect(await translated('grey')).toBe('64x64');
    const { data } = await decode(await readFile(path.join(folder, 'horse.png')));
    expect(data.filter((value, index) => index % 3 === 2 && value !== 0)).toHaveLength(0);
  });

  it.each([
    ['two generators', { a: weights, b: weights }, [], 'choose one with --network'],
    ['an unknown generator', { a: weights }, ['--network', 'c'], 'the file has no generator "c"; it has "a"'],
    ['a wrong setting', weights, ['--set', 'blocks=2'], 'missing: model.13.conv_block'],
    [
      'a size that the network cannot take',
      weights,
      ['--size', '30'],
      'multiples of 4 pixels, got --size 30',
    ],
    ['a name that is none', weights, ['--name', 'No Name'], 'name: lower-case letters, digits, dots, dashes'],
    ['a picture that is not there', weights, ['--picture', 'nowhere.jpg', '--size', '16'], 'nowhere.jpg'],
  ] as const)('refuses %s and writes nothing', async (_, tree, options, message) => {
    const { code, stdout, stderr } = await importBytes('x.pth', torchFile(tree), ...options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(await readdir(models)).toEqual([]);
  });

  it('never takes the place of a version', async () => {
    const options = ['--size', '16', '--model-version', '3'];
    expect((await importBytes('x.pth', torchFile(weights), ...options)).code).toBe(0);
    const again = await importBytes('x.pth', torchFile(weights), ...options);
    expect(again.stderr).toContain('exists already: choose another version');
  });
});

/** Calls a function of Python with a text. */
const call = (module: string, name: string) => bytesOf(`c${module}\n${name}\n(`, text('echo pwned'), 'tR');

describe('a hostile or damaged checkpoint is refused, and nothing is written', () => {
  const whole = torchFile(weights);
  const refused = async (bytes: Uint8Array, name = 'x.pth') => {
    const { code, stdout, stderr } = await importBytes(name, bytes);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(await readdir(models)).toEqual([]);
    return stderr;
  };

  it.each([
    ['os.system', call('os', 'system'), '"os.system"'],
    ['posix.system', call('posix', 'system'), '"posix.system"'],
    ['builtins.eval', call('builtins', 'eval'), '"builtins.eval"'],
    ['subprocess.Popen', call('subprocess', 'Popen'), '"subprocess.Popen"'],
    ['nested in a dict', bytesOf('}(', text('netG'), call('os', 'system'), 'u'), '"os.system"'],
    [
      'nested in a reduce',
      bytesOf('ccollections\nOrderedDict\n((', call('builtins', 'exec'), 'ltR'),
      '"builtins.exec"',
    ],
  ])('%s', async (_, pickle, name) => {
    expect(await refused(checkpointFile(pickle))).toContain(name);
  });

  const cut = [0, 1, 3, 4, 30, 100, 1000, 5000].map(
    (length) => [`cut at ${length}`, whole.subarray(0, length)] as const,
  );
  const shorter = [1, 2, 22, 100, 1000].map(
    (less) => [`${less} short`, whole.subarray(0, whole.length - less)] as const,
  );
  const flipped = [40, 60, 90, 150, 400, 2000, 6000].map((at) => {
    const bytes = Uint8Array.from(whole);
    bytes[at] = (bytes[at] as number) ^ 0xff;
    return [`byte ${at} inverted`, bytes] as const;
  });

  it.each([...cut, ...shorter, ...flipped])('%s', async (_, bytes) => {
    expect(await refused(bytes)).toMatch(/^unpaired: .+\n$/);
  });

  it('a safetensors file that ends early', async () => {
    const bytes = writeSafetensors(weights);
    expect(await refused(bytes.subarray(0, bytes.length - 4), 'x.safetensors')).toContain('the file has');
  });

  it('a file that is not there', async () => {
    const { code, stderr } = await captureProgram(
      'import',
      path.join(folder, 'none.pth'),
      '--models',
      models,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('none.pth cannot be read');
  });
});

describe('unpaired import of an ONNX file', () => {
  it('serves it as it is, at any size that it takes', async () => {
    const bytes = onnxFile([n, 3, h, w]);
    const { code, stderr } = await importBytes('summer2winter.onnx', bytes, '--size', '32');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'recognised: ONNX file of another program\n' });
    const { image, networks } = await manifestOf('summer2winter');
    expect(image).toMatchObject({ width: 32, height: 32, flexible: true, multipleOf: 4 });
    expect(networks.generator).toMatchObject({
      bytes: bytes.length,
      inputs: [{ name: 'input', dtype: 'float32', layout: 'NCHW', shape: ['batch', 3, 'height', 'width'] }],
    });
    expect(await translated('summer2winter')).toBe('40x28');
  });

  it('keeps a fixed size', async () => {
    expect((await importBytes('fixed.onnx', onnxFile([1, 3, 16, 24]))).code).toBe(0);
    expect((await manifestOf('fixed')).image).toMatchObject({ width: 24, height: 16, flexible: false });
    expect(await translated('fixed')).toBe('24x16');
  });

  it.each([
    [
      'a batch',
      onnxFile([4, 3, 16, 16]),
      [],
      '"input" is float32 [4, 3, 16, 16]; expected pictures: float32 [N, 3, H, W]',
    ],
    ['another size than asked for', onnxFile([1, 3, 16, 16]), ['--size', '32'], '--size 32 is not the size'],
    ['settings', onnxFile([1, 3, 16, 16]), ['--set', 'blocks=1'], 'an ONNX file is taken as it is'],
    ['bytes that are no model', Uint8Array.of(1, 2, 3), [], 'not an ONNX model'],
    ['half a model', onnxFile([1, 3, 16, 16]).subarray(0, 900), [], 'not an ONNX model'],
  ])('refuses %s and writes nothing', async (_, bytes, options, message) => {
    const { code, stderr } = await importBytes('x.onnx', bytes, ...options);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(await readdir(models)).toEqual([]);
  });
});
