import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { betasOf } from '../../core/diffusion/betas.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { transitionColumns, transitionOf } from '../../core/diffusion/transition.ts';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { elementCount, float32, type Tensor, tensor } from '../../core/tensor.ts';
import { decode } from '../../image/index.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import { ddpmUnet } from '../../nn/networks/ddpm/unet.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { imported, runNetwork, saved } from '../testing/imported-package.ts';
import { drawnAdm, drawnClassifier, drawnDdpm } from './fixtures/egsde-weights.ts';
import { drawnWeights, smallResnet } from './fixtures/generator-weights.ts';
import { behind } from './fixtures/vq-weights.ts';
import type { ImportRequest } from './import-request.ts';

/** What EGSDE's published code takes, and a step of it. */
const published = fileURLToPath(new URL('fixtures/egsde', import.meta.url));
const [score, classifier] = [join(published, 'model.pt'), join(published, 'dse.pt')];
const horse = fileURLToPath(new URL('../../../loadtest/pictures/horse.jpg', import.meta.url));
const heads = [{ score: { headChannels: 16 } }, { classifier: { headChannels: 16 } }];

function floats(name: string, dims: readonly number[]): Tensor<'float32'> {
  const { buffer, byteOffset, length } = readFileSync(join(published, `${name}.bin`));
  return float32(dims, new Float32Array(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer));
}

const largestDifference = (a: Tensor, b: Tensor) =>
  (a.data as Float32Array).reduce(
    (worst, value, at) => Math.max(worst, Math.abs(value - (b.data[at] as number))),
    0,
  );

const translatorOf = ({ translator }: Manifest) =>
  translator as Extract<Manifest['translator'], { kind: 'guided-diffusion' }>;

describe('checkpoints of EGSDE', () => {
  let found: Awaited<ReturnType<typeof imported>>;
  beforeAll(async () => {
    found = await imported(score, { classifier, changes: heads, lowPass: 4, source: 'cat', target: 'dog' });
  });

  it('are recognised', () => {
    const { manifest, recognised } = found;
    expect(recognised).toContain('score.network=adm score.channels=32 score.multipliers=[1,1]');
    expect(recognised).toContain('classifier.attentionLevels=[1]');
    expect(manifest).toMatchObject({
      sourceDomain: 'cat',
      targetDomain: 'dog',
      image: { width: 16, height: 16, flexible: false, multipleOf: 2 },
      translator: {
        kind: 'guided-diffusion',
        step: 'step',
        plainStep: 'plain-step',
        schedule: { course: 'linear', steps: 1000, first: 1e-4, last: 0.02 },
        variance: 'fixedsmall',
        sources: ['cat'],
        defaults: { strength: 0.5, steps: 500, solver: 'ancestral', faithfulness: 2, repeats: 1 },
      },
    });
    // 500 at 256x256, of a mean over places.
    expect(translatorOf(manifest).defaults.realism).toBeCloseTo(500 / 256, 6);
    expect(Object.keys(manifest.networks)).toEqual(['step', 'plain-step']);
  });

  it('take the step that the published code takes', async () => {
    const dims = [2, 3, 16, 16];
    const [state, perturbed, noise] = ['in_y', 'in_xt', 'in_noise'].map((name) => floats(name, dims)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const times = [...floats('in_t', [2]).data];
    const { alphaBar } = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));
    const transitions = times.map((time) =>
      transitionOf(
        'ancestral',
        { from: alphaBar[time] as number, to: time === 0 ? 1 : (alphaBar[time - 1] as number) },
        'fixedsmall',
      ),
    );
    const count = elementCount(dims);
    // Of a source that is black, -1, this noise makes the noised source of the case.
    const start = Float32Array.from({ length: count }, (_, at) => {
      const { signal, deviation } = transitions[at < count / 2 ? 0 : 1] as (typeof transitions)[number];
      return ((perturbed.data[at] as number) + signal) / deviation;
    });
    const feeds = {
      state,
      step_noise: noise,
      previous_clean: float32(dims, new Float32Array(count)),
      time: float32([2], times),
      coefficients: float32(
        [2, transitionColumns.length],
        transitions.flatMap((transition) => transitionColumns.map((name) => transition[name])),
      ),
    };
    const plain = await runNetwork(found.path, 'plain-step', feeds);
    expect(largestDifference(plain, floats('out_plain', dims))).toBeLessThan(2.2e-5);
    const guided = await runNetwork(found.path, 'step', {
      ...feeds,
      source: tensor('uint8', [2, 16, 16, 3], new Uint8Array(count)),
      start_noise: float32(dims, start),
      realism: float32([2], [3400, 3400]),
      faithfulness: float32([2], [20, 20]),
    });
    const expected = floats('out_sample.cosine.neg_l2', dims);
    expect(largestDifference(guided, expected)).toBeLessThan(2.2e-5);
  });

  it('have both files on the card, and in a preview what pictures become', async () => {
    const { path } = await imported(score, {
      classifier,
      changes: [...heads, { schedule: { steps: 40, first: 2.5e-3, last: 0.5 } }],
      pictures: [horse],
      severalSteps: true,
      steps: 4,
    });
    const card = await readFile(join(path, 'CARD.md'), 'utf8');
    expect(card).toMatch(
      /`model\.pt` \(sha256 [0-9a-f]{64}\) and, with the classifier, `dse\.pt` \(sha256 [0-9a-f]{64}\)/,
    );
    const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
    expect(translatorOf(manifest)).toMatchObject({ steps: 'steps', defaults: { steps: 4 } });
    const parameters = manifest.networks.step?.parameters as number;
    expect(manifest.networks.steps?.parameters).toBe(parameters);
    expect(manifest.networks['plain-step']?.parameters).toBeLessThan(parameters);
    expect(card).toContain(`${parameters.toLocaleString('en')} parameters`);
    const { width, height } = await decode(await readFile(join(path, 'preview.webp')));
    expect([width, height]).toEqual([2 * 16 + 2, 16]);
  });

  it('may have a score network of DDPM, as DataParallel saves it', async () => {
    const options = {
      channels: 32,
      multipliers: [1, 2],
      resolution: 16,
      attentionResolutions: [8],
      residualBlocks: 1,
    };
    const weights = drawnDdpm(options, 16);
    const file = await saved(behind('module.', weights));
    const { path, recognised } = await imported(file, {
      classifier,
      changes: heads.slice(1),
      strength: 0.25,
    });
    expect(recognised).toContain('score.network=ddpm score.channels=32 score.multipliers=[1,2]');
    expect(recognised).toContain('score.attentionLevels=[1]');
    const dims = [1, 3, 16, 16];
    const state = floats('in_y', [2, 3, 16, 16]).data.slice(0, elementCount(dims));
    const nothing = float32(dims, new Float32Array(elementCount(dims)));
    // These coefficients make the next state of the noise alone.
    const noise = await runNetwork(path, 'plain-step', {
      state: float32(dims, state),
      step_noise: nothing,
      previous_clean: nothing,
      time: float32([1], [321]),
      coefficients: float32([1, 6], [1, 1, 0, 1, 0, 0]),
    });
    const graph = networkGraph(
      'ddpm',
      weights,
      { x: { dtype: 'float32', shape: dims }, t: { dtype: 'float32', shape: [1] } },
      (scope, x, t) => ddpmUnet(options).forward(scope, x as Value, t as Value),
    );
    const expected = await evaluateOne(graph, { x: float32(dims, state), t: float32([1], [321]) });
    expect(largestDifference(noise, expected)).toBeLessThan(1e-5);
  });

  it('may know classes, of which one is made', async () => {
    const options = { channels: 32, multipliers: [1], residualBlocks: 1, attentionRates: [] };
    const file = await saved(drawnAdm({ ...options, classes: 3, heads: { channels: 32 } }, 16));
    const request = { classifier, changes: heads.slice(1) };
    await expect(imported(file, request)).rejects.toThrow('told of 3 classes: say with --set score.class=0');
    const made = await Promise.all(
      [0, 2].map(async (label) => {
        const { path } = await imported(file, {
          ...request,
          changes: [...request.changes, { score: { class: label } }],
        });
        return readFile(join(path, 'plain-step.onnx'));
      }),
    );
    expect(made[0]?.equals(made[1] as Buffer)).toBe(false);
  });

  it('may tell several sources from the target', async () => {
    const options = { channels: 32, multipliers: [1, 1], residualBlocks: 1, attentionRates: [], domains: 3 };
    const file = await saved(
      drawnClassifier({ ...options, poolHeadChannels: 32, heads: { channels: 32 } }, 16),
    );
    const request = { classifier: file, changes: heads.slice(0, 1), source: 'cat', alsoFrom: ['wild'] };
    const { manifest } = await imported(score, request);
    expect(translatorOf(manifest).sources).toEqual(['cat', 'wild']);
    await expect(imported(score, { ...request, alsoFrom: ['wild', 'fox'] })).rejects.toThrow(
      'the classifier tells 3 domains apart, one of them the target; got the sources cat, wild, fox',
    );
  });

  it.each<[string, Partial<ImportRequest>, string]>([
    ['no classifier', { classifier: undefined as never }, "give the checkpoint of EGSDE's classifier"],
    ['a classifier that is none', { classifier: score }, 'holds no classifier of EGSDE'],
    ['a prior', { prior: classifier }, '--prior is for checkpoints of VQ-I2I'],
    ['a direction', { direction: 'BtoA' }, '--direction is for checkpoints of both domains'],
    ['more steps than there are', { steps: 501 }, 'steps must be an integer from 1 to 500'],
    ['heads that do not fit', { changes: [{ score: { headChannels: 24 } }] }, 'cannot be shared by heads'],
    ['a size that is no multiple', { size: 15 }, 'multiples of 2 pixels'],
    ['a low pass that does not divide it', { lowPass: 5 }, 'a low pass by 5 needs sides'],
  ])('are refused with %s', async (_, changes, message) => {
    await expect(imported(score, { classifier, changes: heads, ...changes })).rejects.toThrow(message);
  });

  it('are told from other files', async () => {
    await expect(imported(classifier)).rejects.toThrow(
      'the file holds a classifier: import the score network',
    );
    const other = await saved(drawnWeights(smallResnet));
    await expect(imported(other, { realismBy: 'cosine' })).rejects.toThrow(
      '--realism-by is for checkpoints of EGSDE',
    );
  });
});
