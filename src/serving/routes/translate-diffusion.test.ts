import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { betasOf } from '../../core/diffusion/betas.ts';
import { GuidedSampling, planesOf, seededNoise } from '../../core/diffusion/guided-sampling.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { samplingPictures } from '../../core/diffusion/run-sampling.ts';
import { type SamplingOptions, samplingPlan } from '../../core/diffusion/sampling-plan.ts';
import { transitionColumns } from '../../core/diffusion/transition.ts';
import { float32, type Tensor, tensor, toNumbers } from '../../core/tensor.ts';
import { decode } from '../../image/index.ts';
import { StepsUnderWay } from '../steps-under-way.ts';
import { sourcePixels, startDiffusionService } from '../testing/diffusion-service.ts';
import { tinyDiffusion } from '../testing/guided-diffusion-package.ts';
import { tinyGuidance } from '../testing/tiny-guided-diffusion.ts';

/** Translations by sampling, on a real lane. */

let service: Awaited<ReturnType<typeof startDiffusionService>>;
beforeAll(async () => {
  service = await startDiffusionService();
});
afterAll(() => service?.close());

const { size, defaults } = tinyDiffusion;
const schedule = noiseSchedule(betasOf(tinyDiffusion.schedule));
const source = tensor('uint8', [1, size.height, size.width, 3], sourcePixels.data);
const length = sourcePixels.data.length;
const few = { strength: '0.3', steps: '6', seed: '4' };

interface Made {
  readonly seed: number;
  readonly place?: number;
  readonly realism: number;
  readonly faithfulness: number;
}

/** The picture that the network of {@link tinyStep} is led to, computed here. */
async function expected(
  options: SamplingOptions,
  { seed, place = 0, ...weights }: Made,
): Promise<Uint8Array> {
  const noise = seededNoise(schedule, { seed, place, length });
  const sampling = new GuidedSampling(samplingPlan(schedule, options), planesOf(source), noise);
  let last: Tensor<'uint8'> | undefined;
  const given = { size, guidance: { source, ...weights } };
  for await (const { picture } of samplingPictures(sampling, given, async (feeds) => tinyStep(feeds)))
    last = picture;
  return last?.data ?? new Uint8Array();
}

/** The step of tinyGuidedDiffusion in numbers of double precision. */
function tinyStep(feeds: Record<string, Tensor>) {
  const at = (name: string, index = 0) => Number(feeds[name]?.data[index]);
  const by = Object.fromEntries(transitionColumns.map((name, index) => [name, at('coefficients', index)]));
  const {
    signal = 0,
    deviation = 0,
    ofState = 0,
    ofNoisePrediction = 0,
    ofPreviousClean = 0,
    ofNoise = 0,
  } = by;
  const planes = planesOf(feeds.source as Tensor<'uint8'>);
  const { ofTime, ofFaithfulness, ofRealism } = tinyGuidance;
  const noise = Array.from(planes, (value, index) => {
    const perturbed = signal * value + deviation * at('start_noise', index);
    const pull = ofFaithfulness * at('faithfulness') * (at('state', index) - perturbed);
    return Math.tanh(at('state', index)) + ofTime * at('time') + pull + ofRealism * at('realism');
  });
  const clean = noise.map((each, index) => (at('state', index) - deviation * each) / signal);
  const next = noise.map(
    (each, index) =>
      ofState * at('state', index) +
      ofNoisePrediction * each +
      ofPreviousClean * at('previous_clean', index) +
      ofNoise * at('step_noise', index),
  );
  const pixels = size.height * size.width;
  const picture = Uint8ClampedArray.from({ length }, (_, index) => {
    const plane = (index % 3) * pixels + Math.floor(index / 3);
    return ((clean[plane] as number) + 1) * 127.5;
  });
  const dims = [1, 3, size.height, size.width];
  return {
    next_state: float32(dims, next),
    clean: float32(dims, clean),
    picture: tensor('uint8', source.dims, new Uint8Array(picture.buffer)),
  };
}

/** Largest difference in levels. */
async function differenceOf(bytes: Uint8Array, pixels: Uint8Array): Promise<number> {
  const { data } = await decode(bytes);
  expect(data.length).toBe(pixels.length);
  return Math.max(...data.map((value, index) => Math.abs(value - (pixels[index] as number))));
}

describe('a translation by sampling', () => {
  it('is what the model does by default, and says how it was made', async () => {
    const { rawPayload, headers, statusCode } = await service.post({ seed: '4' });
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'unpaired-seed': '4' });
    expect(JSON.parse(String(headers['unpaired-sampling']))).toEqual(defaults);
    expect(
      await differenceOf(rawPayload, await expected(defaults, { ...defaults, seed: 4 })),
    ).toBeLessThanOrEqual(1);
  });

  it.each([
    [{ strength: 0.3, steps: 6 }],
    [{ strength: 0.3, steps: 7, solver: 'ddim', realism: 10, faithfulness: 0 }],
    [{ strength: 1, steps: 9, solver: 'second-order', realism: 0, faithfulness: 5 }],
    [{ strength: 0.2, steps: 5, repeats: 2 }],
    [{ strength: 0.25, steps: 8, realism: 0, faithfulness: 0 }],
    [{ strength: 0.001, steps: 1 }],
  ] as const)('is led by %j', async (wishes) => {
    const fields = Object.fromEntries(Object.entries(wishes).map(([name, value]) => [name, String(value)]));
    const settings = { ...defaults, ...wishes };
    const picture = await expected(settings, { ...settings, seed: 9 });
    for (const model of ['sampled', 'guided']) {
      const { rawPayload, headers } = await service.post({ ...fields, seed: '9' }, { model });
      expect(JSON.parse(String(headers['unpaired-sampling']))).toEqual(settings);
      expect(await differenceOf(rawPayload, picture)).toBeLessThanOrEqual(1);
    }
  });

  it('without energies runs the step that has none', async () => {
    const plain = () => service.metric(/unpaired_batch_items_sum\{network="sampled\/1\/plain-step"\} (\d+)/);
    const before = await plain();
    await service.post({ ...few, realism: '0', faithfulness: '0' });
    expect((await plain()) - before).toBe(6);
    await service.post({ ...few, realism: '0' });
    expect((await plain()) - before).toBe(6);
  });

  it('has several outputs, each of noise of its own', async () => {
    const answer = await service.post({ ...few, outputs: '3' }, { headers: { accept: 'application/json' } });
    const { pictures } = answer.json();
    const settings = { ...defaults, strength: 0.3, steps: 6 };
    expect(pictures).toHaveLength(3);
    for (const [place, { image, sampling, seed }] of pictures.entries()) {
      expect([sampling, seed]).toEqual([settings, 4]);
      const bytes = Buffer.from(image.replace('data:image/png;base64,', ''), 'base64');
      const picture = await expected(settings, { ...settings, seed: 4, place });
      expect(await differenceOf(bytes, picture)).toBeLessThanOrEqual(1);
    }
    const sheet = await service.post({ ...few, outputs: '2' });
    expect(JSON.parse(String(sheet.headers['unpaired-sampling']))).toEqual(settings);
  });

  it('draws a seed when none is said, and takes fields from the query and of the source', async () => {
    const [a, b] = [await service.post({ steps: '3' }), await service.post({ steps: '3' })];
    expect(a.headers['unpaired-seed']).not.toBe(b.headers['unpaired-seed']);
    const again = await service.post({ seed: String(a.headers['unpaired-seed']), steps: '3' });
    expect(again.rawPayload.equals(a.rawPayload)).toBe(true);
    const query = '?steps=3&from=twilight&to=dark&outputs=1';
    const { headers } = await service.post({}, { query });
    expect(JSON.parse(String(headers['unpaired-sampling']))).toMatchObject({ steps: 3 });
  });
});

describe('steps=auto', () => {
  const stepsOf = async (fields: Record<string, string>) => {
    const { headers } = await service.post({ seed: '1', steps: 'auto', ...fields });
    return JSON.parse(String(headers['unpaired-sampling'])).steps as number;
  };

  it('takes the default where there is time, and no more than the strength has times', async () => {
    expect(await stepsOf({})).toBe(defaults.steps);
    expect(await stepsOf({ strength: '0.01' })).toBe(10);
  });

  it('takes fewer where there is little, and never fewer than five', async () => {
    const { stepMilliseconds } = service.catalog.find('sampled');
    expect(stepMilliseconds).toBeGreaterThan(0);
    // As if each of the pictures that are begun made a step take a second longer.
    const slow = vi.spyOn(StepsUnderWay.prototype, 'millisecondsOf');
    slow.mockImplementation((_network, more) => 1000 * more);
    expect(await stepsOf({ timeout: '60', outputs: '4' })).toBe(11);
    expect(await stepsOf({ timeout: '60', outputs: '4', repeats: '2', faithfulness: '0' })).toBe(5);
    expect(await stepsOf({ timeout: '30', outputs: '16', faithfulness: '0' })).toBe(5);
    // With faithfulness, fewer would not be steady.
    expect(await stepsOf({ timeout: '30', outputs: '16' })).toBeGreaterThan(5);
    expect(slow).toHaveBeenCalledWith('sampled/1/step', 16, stepMilliseconds);
    slow.mockRestore();
  });

  it('knows of every request that was admitted, also of one that is still decoded', async () => {
    const expecting = vi.spyOn(StepsUnderWay.prototype, 'expect');
    const image = new TextEncoder().encode('no picture');
    const { statusCode } = await service.post({ ...few, outputs: '3', repeats: '2' }, { image });
    expect(statusCode).toBe(415);
    expect(expecting).toHaveBeenCalledExactlyOnceWith('sampled/1/step', 36, 3);
    expecting.mockRestore();
  });
});

describe('what is wrong is named', () => {
  it.each([
    [{ steps: '0' }, 'steps', 'auto or a whole number of 1 or more, got "0"'],
    [{ steps: '2.5' }, 'steps', 'auto or a whole number'],
    [{ steps: 'many' }, 'steps', 'auto or a whole number'],
    [{ steps: '301', strength: '0.3' }, 'steps', 'is 301; with strength 0.3 there are at most 300'],
    [{ strength: '0' }, 'strength', 'a number above 0, at most 1'],
    [{ strength: '1.01' }, 'strength', 'a number above 0, at most 1'],
    [{ strength: '-0.5' }, 'strength', 'a number above 0, at most 1'],
    [{ strength: 'NaN' }, 'strength', 'a number above 0, at most 1, got "NaN"'],
    [{ strength: '' }, 'strength', 'a number above 0, at most 1, got ""'],
    [{ realism: '-1' }, 'realism', 'a number from 0 to 1000000'],
    [{ realism: 'NaN' }, 'realism', 'a number from 0 to 1000000'],
    [{ realism: 'Infinity' }, 'realism', 'a number from 0 to 1000000'],
    [{ faithfulness: '-0.1' }, 'faithfulness', 'a number from 0 to 1000000'],
    [{ faithfulness: '1e400' }, 'faithfulness', 'a number from 0 to 1000000, got "1e400"'],
    [{ faithfulness: '1000001' }, 'faithfulness', 'a number from 0 to 1000000'],
    [{ repeats: '0' }, 'repeats', 'a whole number from 1 to 4, got "0"'],
    [{ repeats: '5' }, 'repeats', 'a whole number from 1 to 4'],
    [{ solver: 'euler' }, 'solver', 'one of ancestral, ddim, second-order, got "euler"'],
    [{ from: 'dark' }, 'from', 'translates from "light" or "twilight", not from "dark"'],
    [{ from: '' }, 'from', 'the name of a domain, got ""'],
    [{ to: 'light' }, 'to', 'translates into "dark"'],
    [{ outputs: '17' }, 'outputs', 'a whole number from 1 to 16'],
    [{ seed: '-1' }, 'seed', 'a whole number from 0 to 4294967295, got "-1"'],
    [{ attribute: '[1]' }, 'attribute', 'has no attribute codes'],
    [{ attribute_scale: '2' }, 'attribute_scale', 'has no attribute codes'],
    [{ interpolate: '3' }, 'interpolate', 'has no attribute codes'],
  ])('%j: %s', async (fields, field, message) => {
    const answer = await service.post(fields);
    expect(answer.statusCode).toBe(422);
    const [error, ...others] = answer.json().errors;
    expect(error).toMatchObject({ location: 'form', field });
    expect(error.message).toContain(message);
    expect(others).toEqual([]);
  });

  it('and so is a field that is there twice', async () => {
    const answer = await service.post({}, { query: '?steps=3&steps=4' });
    expect(answer.json().errors).toEqual([
      { location: 'query', field: 'steps', message: 'is given more than once' },
    ]);
  });

  it('but not numbers that programs write with an exponent', async () => {
    const { statusCode, headers } = await service.post({ ...few, strength: '3E-1', realism: '1e+2' });
    expect(statusCode).toBe(200);
    expect(JSON.parse(String(headers['unpaired-sampling']))).toMatchObject({ strength: 0.3, realism: 100 });
  });

  it('and refused by models that do not sample', async () => {
    const answer = await service.post({ steps: '3', realism: '1' }, { model: 'copy', query: '?from=light' });
    expect(answer.statusCode).toBe(422);
    const { errors } = answer.json() as { errors: { location: string; field: string; message: string }[] };
    expect(errors.map(({ location, field }) => `${location} ${field}`)).toEqual([
      'query from',
      'form steps',
      'form realism',
    ]);
    expect(errors[0]?.message).toContain('this model does not sample');
    expect((await service.post({}, { model: 'copy' })).statusCode).toBe(200);
  });
});

it('GET /models tells what can be asked', async () => {
  const { capabilities } = (await service.app.inject({ url: '/models/sampled' })).json();
  expect(capabilities).toEqual({
    outputs: 16,
    styles: 0,
    requests: ['translate'],
    domains: ['dark'],
    sampling: {
      sources: ['light', 'twilight'],
      solvers: ['ancestral', 'ddim', 'second-order'],
      defaults,
      limits: { strength: 1, steps: 1000, realism: 1e6, faithfulness: 1e6, repeats: 4 },
    },
  });
  const copy = (await service.app.inject({ url: '/models/copy' })).json();
  expect(copy.capabilities).not.toHaveProperty('sampling');
});

it('the open inference protocol runs one step', async () => {
  const plan = samplingPlan(schedule, { strength: 0.5, steps: 4 });
  const noise = seededNoise(schedule, { seed: 1, place: 0, length });
  const sampling = new GuidedSampling(plan, planesOf(source), noise);
  const fed: Record<string, Tensor>[] = [];
  for await (const _ of samplingPictures(
    sampling,
    { size, guidance: { source, realism: 3, faithfulness: 2 } },
    async (feeds) => {
      fed.push(feeds);
      return tinyStep(feeds);
    },
  ));
  const [first] = fed as [Record<string, Tensor>];
  const inputs = Object.entries(first).map(([name, each]) => ({
    name,
    shape: each.dims,
    datatype: each.dtype === 'uint8' ? 'UINT8' : 'FP32',
    data: toNumbers(each),
  }));
  const answer = await service.app.inject({
    method: 'POST',
    url: '/v2/models/sampled/infer',
    payload: { inputs },
  });
  expect(answer.statusCode).toBe(200);
  const outputs = answer.json().outputs as { name: string; data: number[] }[];
  const step = tinyStep(first);
  for (const name of ['next_state', 'clean'] as const) {
    const { data } = outputs.find((output) => output.name === name) as { data: number[] };
    for (const [index, value] of data.entries())
      expect(value).toBeCloseTo(step[name].data[index] as number, 4);
  }
});
