import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../core/tensor.ts';
import type { TrainingConfig } from './config/index.ts';
import { methodOf } from './methods/index.ts';
import { writeSafetensors } from './pytorch/index.ts';
import { latestCheckpoint } from './run/index.ts';
import { startingPoint } from './starting-point.ts';
import { initialState, stateDictOf, type TrainingState } from './step/state.ts';
import { drawDataset } from './testing/dataset.ts';
import { newRun, sit, temporaryFolder } from './testing/sitting.ts';
import { tinyConfig } from './testing/tiny-config.ts';
import { tinyCycleGan } from './testing/tiny-cyclegan.ts';
import { WarmStartError, warmStartSource, warmWeights } from './warm-start.ts';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});

type Dict = Map<string, Tensor>;

/** The generator of a run that would be drawn from another seed, as a published file has it. */
function generatorDict(config: TrainingConfig, network: string): Dict {
  const method = methodOf(config);
  return new Map(stateDictOf(method, initialState(method, 99, false), network, false));
}

async function saved(name: string, dict: Dict): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, writeSafetensors(dict));
  return file;
}

async function weightsFrom(config: TrainingConfig, ...texts: string[]) {
  const sources = await Promise.all(texts.map(warmStartSource));
  return warmWeights(methodOf(config), sources);
}

const numbers = (tensor: Tensor | undefined) => (tensor === undefined ? [] : toNumbers(tensor));
const firstWeight = 'model.1.weight';

describe('a file of one network', () => {
  it('starts the network that it fits', async () => {
    const dict = generatorDict(tinyConfig(), 'generator');
    const weights = await weightsFrom(tinyConfig(), await saved('generator.safetensors', dict));
    expect([...weights.keys()]).toEqual(['generator']);
    expect(numbers(weights.get('generator')?.get(firstWeight))).toEqual(numbers(dict.get(firstWeight)));
  });

  it('starts the one that is named where it fits several, and must fit it', async () => {
    const file = await saved('both.safetensors', generatorDict(tinyCycleGan(), 'generatorAtoB'));
    await expect(weightsFrom(tinyCycleGan(), file)).rejects.toThrow(
      'they fit generatorAtoB, generatorBtoA: say which, as NETWORK=both.safetensors',
    );
    const weights = await weightsFrom(tinyCycleGan(), `generatorBtoA=${file}`);
    expect([...weights.keys()]).toEqual(['generatorBtoA']);
    await expect(
      weightsFrom(tinyCycleGan(), `generatorBtoA=${file}`, `generatorBtoA=${file}`),
    ).rejects.toThrow('generatorBtoA has its weights already');
    await expect(weightsFrom(tinyCycleGan(), `generator=${file}`)).rejects.toThrow(
      'cyclegan has no network generator; cyclegan has generatorAtoB, generatorBtoA, discriminatorA, discriminatorB',
    );
  });

  it('is refused with what is missing, left over and of another shape', async () => {
    const dict = generatorDict(tinyConfig(), 'generator');
    dict.set('head.weight', float32([1], [1]));
    dict.set(firstWeight, float32([1, 3, 7, 7], new Float32Array(147)));
    dict.delete('model.1.bias');
    const file = await saved('misfit.safetensors', dict);
    await expect(weightsFrom(tinyConfig(), `generator=${file}`)).rejects.toThrow(
      `weights cannot be taken from ${file}: they do not fit generator: missing: model.1.bias [2]; ` +
        'left over: head.weight [1]; of another shape: model.1.weight is [1, 3, 7, 7] and not [2, 3, 7, 7]',
    );
    await expect(weightsFrom(tinyConfig(), file)).rejects.toThrow(
      /they fit no network of cut\. generator: missing/,
    );
  });

  it('is refused when a weight is not finite', async () => {
    const dict = generatorDict(tinyConfig(), 'generator');
    dict.set('model.1.bias', float32([2], [0, Number.NaN]));
    const file = await saved('broken.safetensors', dict);
    await expect(weightsFrom(tinyConfig(), `generator=${file}`)).rejects.toThrow(
      'they do not fit generator: not finite: model.1.bias (element 1 is NaN)',
    );
  });

  it('may have statistics that instance norms once had, but no other blur', async () => {
    const dict = generatorDict(tinyConfig(), 'generator');
    dict.set('model.2.running_mean', float32([2], [0, 0]));
    expect((await weightsFrom(tinyConfig(), await saved('old.safetensors', dict))).size).toBe(1);
    const [blur, kernel] = [...dict].find(([key]) => key.endsWith('filt')) as [string, Tensor];
    dict.set(blur, float32(kernel.dims, new Float32Array(kernel.data.length)));
    await expect(
      weightsFrom(tinyConfig(), `generator=${await saved('blur.safetensors', dict)}`),
    ).rejects.toThrow(`not what they are fixed to: ${blur} (off by `);
  });
});

describe('a run', () => {
  const train = async (config: TrainingConfig, stopAfter?: number) => {
    const run = await newRun(config);
    await sit(run, config, stopAfter === undefined ? {} : { stopAfter });
    return run;
  };
  const stateOf = async (run: Awaited<ReturnType<typeof newRun>>) =>
    (await latestCheckpoint(run.checkpoints))?.tensors as TrainingState;

  it('begins with the weights of another: its networks, no moments, averages anew', async () => {
    const data = await drawDataset(await temporaryFolder());
    const before = await train(tinyConfig({ data }), 2);
    const warmStart = [await warmStartSource(before.path)];
    const config = { ...tinyConfig({ data, averageDecay: 0.5 }), warmStart };
    const { state } = await startingPoint(
      { config, folder: await newRun(config) } as Parameters<typeof startingPoint>[0],
      methodOf(config),
    );
    const old = await stateOf(before);
    for (const network of Object.keys(methodOf(config).networks)) {
      const names = [...old.keys()].filter((name) => name.startsWith(`${network}.`));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(numbers(state.get(name)), name).toEqual(numbers(old.get(name)));
    }
    const weight = `generator.${firstWeight}`;
    expect(numbers(state.get(`average/${weight}`))).toEqual(numbers(old.get(weight)));
    expect(numbers(state.get(`adam.generator.mean/${weight}`)).every((value) => value === 0)).toBe(true);
    expect(numbers(old.get(`adam.generator.mean/${weight}`)).some((value) => value !== 0)).toBe(true);
  });

  it('lends a network to a method that calls it otherwise', async () => {
    const data = await drawDataset(await temporaryFolder());
    const run = await train(tinyConfig({ data }), 1);
    const plain = { generator: { antialiasDown: true, antialiasUp: true } };
    const config = tinyCycleGan({ options: plain });
    const weights = await weightsFrom(config, `generatorBtoA=${run.path}#generator`);
    const old = (await stateOf(run)).get(`generator.${firstWeight}`);
    expect(numbers(weights.get('generatorBtoA')?.get(firstWeight))).toEqual(numbers(old));
    await expect(weightsFrom(config, run.path)).rejects.toThrow(
      /say which network of cyclegan begins with which .* the file has .*generator/,
    );
    await expect(weightsFrom(config, `generatorBtoA=${run.path}`)).rejects.toThrow(
      'it has no network generatorBtoA',
    );
  });

  it('reads the file when it begins, and never again', async () => {
    const data = await drawDataset(await temporaryFolder());
    const file = await saved('once.safetensors', generatorDict(tinyConfig(), 'generator'));
    const config = { ...tinyConfig({ data }), warmStart: [await warmStartSource(file)] };
    const [straight, resumed] = [await train(config), await train(config, 3)];
    await rm(file);
    await sit(resumed, config);
    const weight = `generator.${firstWeight}`;
    expect(numbers((await stateOf(resumed)).get(weight))).toEqual(
      numbers((await stateOf(straight)).get(weight)),
    );
    const cold = await train(tinyConfig({ data }));
    expect(numbers((await stateOf(cold)).get(weight))).not.toEqual(
      numbers((await stateOf(straight)).get(weight)),
    );
  });

  it('does not begin with a file that has changed', async () => {
    const file = await saved('changing.safetensors', generatorDict(tinyConfig(), 'generator'));
    const warmStart = [await warmStartSource(file)];
    const bytes = await readFile(file);
    bytes.writeUInt8((bytes.at(-1) as number) ^ 1, bytes.length - 1);
    await writeFile(file, bytes);
    await expect(warmWeights(methodOf(tinyConfig()), warmStart)).rejects.toThrow(
      /it has SHA-256 [0-9a-f]{64}, the run was begun with [0-9a-f]{64}/,
    );
  });
});

describe('what is not there', () => {
  it.each([
    ['a file', 'nothing.pth', /nothing\.pth: ENOENT/],
    ['a folder without a checkpoint', '.', /the folder holds no checkpoint of a run/],
  ])('%s is an error that names it', async (_, name, message) => {
    const fault = await warmStartSource(join(folder, name)).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(WarmStartError);
    expect((fault as Error).message).toMatch(message);
  });
});
