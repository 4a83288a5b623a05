import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTrainingConfig } from '../training/config/index.ts';
import { temporaryFolder } from '../training/testing/sitting.ts';
import { tinyFirstStage } from '../training/testing/tiny-first-stage.ts';
import { givenSettings, settingsOfNewRun, settingsOfSecondStage } from './train-settings.ts';

const base = { method: 'cut', data: '/photos', set: [] };

describe('settingsOfNewRun', () => {
  it('has the published defaults', () => {
    expect(settingsOfNewRun(base)).toEqual(parseTrainingConfig({ method: 'cut', data: '/photos' }));
  });

  it('keeps the place of the data wherever it is resumed from', () => {
    expect(settingsOfNewRun({ ...base, data: 'photos' }).data).toBe(path.resolve('photos'));
  });

  it('lays options over the preset, and --set over both', () => {
    const config = settingsOfNewRun({
      ...base,
      preset: 'small',
      seed: 3,
      set: ['cropSize=64', 'loadSize=72', 'seed=4', 'options.generator.blocks=6', 'preprocess=resize'],
    });
    expect(config).toMatchObject({ cropSize: 64, loadSize: 72, seed: 4, preprocess: 'resize' });
    expect(config.options).toMatchObject({ generator: { filters: 32, blocks: 6 } });
  });

  it('takes the stage of the method that has two', () => {
    expect(settingsOfNewRun({ ...base, method: 'vq-i2i', stage: 1 }).method).toBe('vq-i2i');
    expect(givenSettings({ ...base, stage: 1 })).toContain('--stage');
    expect(() => settingsOfNewRun({ ...base, stage: 2 })).toThrow(
      'cut trains in one stage: leave out --stage, got 2',
    );
    expect(() => settingsOfNewRun({ ...base, method: 'vq-i2i', stage: 2 })).toThrow(
      '--stage 2 trains on the codes of a run of stage 1: name that run with --first-stage',
    );
  });

  it('takes the part of the method that trains its parts one by one', () => {
    const egsde = { ...base, method: 'egsde' };
    expect(settingsOfNewRun({ ...egsde, part: 'score' }).method).toBe('egsde-score');
    expect(settingsOfNewRun({ ...egsde, part: 'classifier', preset: 'small' })).toMatchObject({
      method: 'egsde-classifier',
      cropSize: 64,
    });
    expect(givenSettings({ ...base, part: 'score' })).toContain('--part');
    expect(() => settingsOfNewRun(egsde)).toThrow(
      'egsde trains its parts one by one: say --part score or --part classifier',
    );
    expect(() => settingsOfNewRun({ ...base, part: 'score' })).toThrow(
      '--part is for --method egsde, got cut',
    );
  });

  it('takes lists and objects as JSON', () => {
    const { options } = settingsOfNewRun({
      ...base,
      set: ['options.featureLayers=[0,4]', 'options.optimizer={"beta1":0.9}', 'options.optimizer.beta2=0.99'],
    });
    expect(options).toMatchObject({
      featureLayers: [0, 4],
      optimizer: { beta1: 0.9, beta2: 0.99, learningRate: 2e-4 },
    });
  });

  it.each([
    [{ steps: 20 }, { unit: 'steps', constant: 10, decay: 10 }],
    [{ steps: 7 }, { unit: 'steps', constant: 4, decay: 3 }],
    [{ epochs: 1 }, { unit: 'epochs', constant: 1, decay: 0 }],
    [{ epochs: 400 }, { unit: 'epochs', constant: 200, decay: 200 }],
  ])('divides %j into a constant and a decaying half', (length, schedule) => {
    expect(settingsOfNewRun({ ...base, ...length }).schedule).toMatchObject(schedule);
  });

  it.each([
    [{ ...base, data: undefined }, 'a new run needs --method and --data'],
    [{ ...base, method: undefined }, 'a new run needs --method and --data'],
    [{ ...base, steps: 2, epochs: 3 }, '--steps and --epochs exclude each other, got 2 and 3'],
    [{ ...base, set: ['flip'] }, '--set takes key=value, got "flip"'],
    [{ ...base, set: ['=3'] }, '--set takes key=value, got "=3"'],
    [{ ...base, set: ['options.generator.filter=3'] }, 'options.generator: Unrecognized key: "filter"'],
    [{ ...base, set: ['batchSize=two'] }, 'batchSize: '],
  ])('refuses %j', (flags, message) => {
    const { method, data, ...rest } = flags;
    const given = { ...rest, ...(method && { method }), ...(data && { data }) };
    expect(() => settingsOfNewRun(given)).toThrow(message);
  });
});

it('names the settings that were given', () => {
  expect(givenSettings({ set: [] })).toEqual([]);
  expect(givenSettings({ set: ['a=1', 'b=2'], seed: 0, preset: 'small' })).toEqual([
    '--preset',
    '--seed',
    '--set',
  ]);
});

describe('settingsOfSecondStage', () => {
  let first = '';
  beforeAll(async () => {
    first = (await tinyFirstStage(await temporaryFolder(), '/photos')).path;
  });

  it('lays the preset, options and --set over what follows from the first stage', async () => {
    const flags = { preset: 'small', seed: 5, steps: 9, set: ['options.layers=2', 'cuts=3'] };
    expect(await settingsOfSecondStage(first, flags)).toMatchObject({
      data: '/photos',
      loadSize: 18,
      cropSize: 16,
      seed: 5,
      cuts: 3,
      schedule: { unit: 'steps', constant: 5, decay: 4 },
      options: { layers: 2, heads: 8, width: 256 },
      firstStage: { cropSize: 16 },
    });
  });

  it('is stage 2 of its method, which may be said', async () => {
    const { data } = await settingsOfSecondStage(first, {
      method: 'vq-i2i',
      stage: 2,
      firstStage: first,
      set: [],
    });
    expect(data).toBe('/photos');
    const wrong = settingsOfSecondStage(first, { stage: 1, firstStage: first, set: [] });
    await expect(wrong).rejects.toThrow('--first-stage is for --stage 2, got --stage 1');
  });

  it('may be for other pictures, but for no other method', async () => {
    expect((await settingsOfSecondStage(first, { data: '/others', set: [] })).data).toBe('/others');
    await expect(settingsOfSecondStage(first, { method: 'cut', set: [] })).rejects.toThrow(
      '--first-stage says the method already: leave out --method, got cut',
    );
  });
});
