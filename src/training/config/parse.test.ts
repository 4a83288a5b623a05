import { describe, expect, it } from 'vitest';
import { parseTrainingConfig } from './parse.ts';

const base = { method: 'cut', data: 'photos' };

it.each([
  [{ ...base, loadsize: 300 }, 'settings: Unrecognized key: "loadsize"'],
  [{ ...base, schedule: { warmup: 2 } }, 'schedule: Unrecognized key: "warmup"'],
  [{ ...base, options: { generator: { filter: 32 } } }, 'options.generator: Unrecognized key: "filter"'],
  [
    { ...base, method: 'fastcut', options: { optimizer: { lr: 1 } } },
    'options.optimizer: Unrecognized key: "lr"',
  ],
])('refuses a field that there is none of, and says where: %j', (given, message) => {
  expect(() => parseTrainingConfig(given)).toThrow(`these training settings cannot be used: ${message}`);
});

it.each([
  [{ ...base, method: 'cutt' }, /method: .*/],
  [{ method: 'cut' }, /data: .*expected string/],
  [{ ...base, cropSize: 130 }, /cropSize: .*multiple of 4/],
  [{ ...base, options: 'small' }, /options: .*expected object/],
  [{ ...base, method: 'fastcut', options: 'small' }, /options: .*expected object/],
  [{ ...base, options: { temperature: 0 } }, /options\.temperature: .*>0/],
  [{ ...base, options: { optimizer: { beta1: 1 } } }, /options\.optimizer\.beta1: .*<1/],
  [
    { ...base, schedule: { constant: 0, decay: 0 } },
    /schedule: constant and decay are both 0: nothing to train/,
  ],
  [
    { ...base, method: 'enco', schedule: { constant: 5, decay: 5 } },
    /schedule: warmUp must not be longer than constant and decay together/,
  ],
  [
    { ...base, method: 'enco', options: { featureLayers: [3, 7, 13] } },
    /options\.featureLayers: layers of the encoder, then as many of the decoder/,
  ],
  [{ ...base, cropSize: 256, loadSize: 128 }, /cropSize must not be larger than loadSize, got 256 and 128/],
  [undefined, /settings: .*/],
])('refuses a value that cannot be used, and says where: %j', (given, message) => {
  expect(() => parseTrainingConfig(given)).toThrow(message);
});

it('lists every fault at once', () => {
  const given = { ...base, batchSize: 0, options: { patches: 1, featureLayers: [] } };
  expect(() => parseTrainingConfig(given)).toThrow(
    /batchSize: .*; options\.featureLayers: .*; options\.patches: .*/,
  );
});

it('asks for a crop that a U-Net can halve as often as it does', () => {
  const unet = (cropSize: number, downs: number) => () =>
    parseTrainingConfig({
      method: 'cyclegan',
      data: 'photos',
      cropSize,
      options: { generator: { kind: 'unet', downs } },
    });
  expect(unet(192, 7)).toThrow('halves the size 7 times needs a cropSize that is a multiple of 128, got 192');
  expect(unet(192, 6)).not.toThrow();
});

it('does not ask a crop to fit where nothing is cropped', () => {
  const given = { ...base, preprocess: 'none', cropSize: 256, loadSize: 128 };
  expect(parseTrainingConfig(given).cropSize).toBe(256);
});

it('needs pictures that VQ-I2I can write in whole codes', () => {
  const vqI2i = { method: 'vq-i2i', data: 'photos' };
  expect(parseTrainingConfig({ ...vqI2i, cropSize: 64 }).cropSize).toBe(64);
  expect(() => parseTrainingConfig({ ...vqI2i, cropSize: 72 })).toThrow(
    'vq-i2i with 5 levels writes a code for 16x16 pixels: cropSize must be a multiple of 16, got 72',
  );
  expect(() => parseTrainingConfig({ ...vqI2i, preprocess: 'none' })).toThrow(
    'vq-i2i decodes content of both domains together, whose pictures must have one size',
  );
});

describe('pictures of sizes of their own', () => {
  const refused = (changes: object) => () =>
    parseTrainingConfig({ method: 'cyclegan', data: 'photos', preprocess: 'scale_width', ...changes });

  it.each([
    [
      { stepsPerRun: 2 },
      'preprocess scale_width leaves pictures sizes of their own: stepsPerRun must be 1, got 2',
    ],
    [{}, 'options.poolSize must be 0 (a pool holds pictures of one size), got 50'],
    [
      { options: { poolSize: 0, generator: { kind: 'unet' } } },
      'options.generator.kind must be resnet, got unet',
    ],
  ])('do not go with %j', (changes, message) => {
    expect(refused(changes)).toThrow(message);
  });

  it('are as good as any without a pool', () => {
    expect(refused({ options: { poolSize: 0 } })).not.toThrow();
    expect(refused({ preprocess: 'scale_width_and_crop' })).not.toThrow();
  });
});

it('refuses several steps a run where gradients are accumulated', () => {
  expect(() => parseTrainingConfig({ method: 'cut', data: 'photos', accumulate: 4, stepsPerRun: 2 })).toThrow(
    'stepsPerRun must be 1 where gradients are accumulated, got 2 with accumulate 4',
  );
});
