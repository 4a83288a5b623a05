import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { toNumbers } from '../../core/tensor.ts';
import { LanePool } from '../../runtime/index.ts';
import { tinyDiffusion, writeGuidedDiffusionPackage } from '../testing/guided-diffusion-package.ts';
import { createTranslator } from './index.ts';
import { TranslatorError } from './translator.ts';

let root: string;
let pool: LanePool;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'unpaired-models-'));
  pool = await LanePool.start({ lanes: 1, threadsPerLane: 1, provider: 'cpu' });
});
afterAll(async () => {
  await pool?.close();
  await rm(root, { recursive: true, force: true });
});

async function packaged(edit: (manifest: Manifest) => void = () => {}, plain = true) {
  const folder = await writeGuidedDiffusionPackage(root, { name: 'm', plain, edit });
  const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'), folder);
  return { folder, manifest };
}

const inputOf = ({ networks }: Manifest, network: string, name: string) =>
  networks[network]?.inputs.find((input) => input.name === name) as { dtype: string; shape: unknown[] };

describe('the translator of a guided diffusion', () => {
  it('warms every network up with what it takes', async () => {
    const { folder, manifest } = await packaged();
    const translator = createTranslator(manifest);
    for (const network of ['step', 'plain-step'])
      await pool.load(network, path.join(folder, `${network}.onnx`));
    const runs = await translator.warmUp(() => Promise.reject(new Error('nothing is run before')));
    expect(runs.map(({ network }) => network)).toEqual(['step', 'plain-step']);
    for (const { network, feeds } of runs) {
      const { outputs } = await pool.run(network, { ...feeds });
      expect(outputs.picture?.dims).toEqual([1, tinyDiffusion.size.height, tinyDiffusion.size.width, 3]);
    }
    expect(
      (await createTranslator((await packaged(undefined, false)).manifest).warmUp(async () => ({}))).length,
    ).toBe(1);
  });

  it('runs the step without energies where none weighs, if there is one', async () => {
    const { manifest } = await packaged();
    const { diffusion } = createTranslator(manifest);
    const none = { realism: 0, faithfulness: 0 };
    expect(diffusion?.stepFor(none)).toEqual({ network: 'plain-step', isGuided: false, stepsPerRun: 1 });
    expect(diffusion?.stepFor({ ...none, realism: 1 })).toEqual({
      network: 'step',
      isGuided: true,
      stepsPerRun: 1,
    });
    expect(diffusion?.stepFor({ ...none, faithfulness: 1 })).toEqual({
      network: 'step',
      isGuided: true,
      stepsPerRun: 1,
    });
    const alone = createTranslator((await packaged(undefined, false)).manifest);
    expect(alone.diffusion?.stepFor(none)).toEqual({ network: 'step', isGuided: true, stepsPerRun: 1 });
  });

  it('runs several steps at once only where it is told to', async () => {
    const { manifest } = await packaged(({ networks, translator }) => {
      const { step } = networks;
      if (step === undefined) return;
      const stacked: Record<string, (number | string)[]> = {
        step_noise: ['n', 'k', 3, 8, 12],
        time: ['n', 'k'],
        coefficients: ['n', 'k', 6],
      };
      const inputs = step.inputs.map((input) => ({ ...input, shape: stacked[input.name] ?? input.shape }));
      Object.assign(networks, { steps: { ...step, inputs } });
      Object.assign(translator, { steps: 'steps' });
    });
    const weights = { realism: 1, faithfulness: 1 };
    const one = createTranslator(manifest);
    expect(one.diffusion?.stepFor(weights)).toMatchObject({ network: 'step', stepsPerRun: 1 });
    const several = createTranslator(manifest, { stepsPerRun: 5 });
    expect(several.diffusion?.stepFor(weights)).toEqual({ network: 'steps', isGuided: true, stepsPerRun: 5 });
    const runs = await several.warmUp(() => Promise.reject(new Error('nothing is run before')));
    expect(runs.at(-1)?.feeds.step_noise?.dims).toEqual([1, 5, 3, 8, 12]);
    Object.assign(inputOf(manifest, 'steps', 'time'), { shape: ['n'] });
    expect(() => createTranslator(manifest, { stepsPerRun: 5 })).toThrow(
      '"time" is float32 [n]; expected float32 [n, k]',
    );
  });

  it('takes pictures as bytes, and as many items a run as the network', async () => {
    const { manifest } = await packaged(({ networks }) => {
      for (const face of [...(networks['plain-step']?.inputs ?? [])]) face.shape[0] = 1;
    });
    const translator = createTranslator(manifest);
    const { size } = tinyDiffusion;
    const data = Uint8Array.from({ length: size.height * size.width * 3 }, (_, index) => index % 256);
    const { source } = await translator.prepare({ ...size, data }, []);
    expect(source && [source.dtype, source.dims]).toEqual(['uint8', [1, size.height, size.width, 3]]);
    expect(source && toNumbers(source)).toEqual([...data]);
    expect([translator.maxBatch('step'), translator.maxBatch('plain-step')]).toEqual([
      Number.POSITIVE_INFINITY,
      1,
    ]);
  });

  it.each<[string, (manifest: Manifest) => void, string]>([
    [
      'a missing input',
      ({ networks }) => void networks.step?.inputs.splice(0, 1),
      'network "step" has no "state", float32 [n, 3, 8, 12]',
    ],
    [
      'another size',
      (manifest) => Object.assign(inputOf(manifest, 'step', 'source'), { shape: ['n', 8, 8, 3] }),
      '"source" is uint8 [n, 8, 8, 3] NHWC; expected uint8 [n, 8, 12, 3]',
    ],
    [
      'another type',
      (manifest) => Object.assign(inputOf(manifest, 'step', 'time'), { dtype: 'int64' }),
      '"time" is int64 [batch]; expected float32 [n]',
    ],
    [
      'fewer coefficients',
      (manifest) => Object.assign(inputOf(manifest, 'plain-step', 'coefficients'), { shape: ['n', 5] }),
      'network "plain-step": "coefficients" is float32 [n, 5]; expected float32 [n, 6]',
    ],
    [
      'a missing output',
      ({ networks }) => void networks.step?.outputs.pop(),
      'network "step" has no "picture", uint8 [n, 8, 12, 3]',
    ],
    [
      'an input that nothing feeds',
      ({ networks }) => void networks.step?.inputs.push({ name: 'label', dtype: 'int64', shape: ['n'] }),
      '"label" is int64 [n]; a step has no such input',
    ],
    [
      'energies in the step that is to have none',
      ({ networks }) => Object.assign(networks, { 'plain-step': networks.step }),
      'network "plain-step": "source" is uint8',
    ],
  ])('is refused with %s', async (_what, edit, message) => {
    const { manifest } = await packaged(edit);
    expect(() => createTranslator(manifest)).toThrow(TranslatorError);
    expect(() => createTranslator(manifest)).toThrow(message);
  });
});
