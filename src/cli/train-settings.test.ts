import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseTrainingConfig } from '../training/config/index.ts';
import { givenSettings, settingsOfNewRun } from './train-settings.ts';

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
    expect(config.options.generator).toMatchObject({ filters: 32, blocks: 6 });
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
