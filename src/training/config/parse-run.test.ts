import { describe, expect, it } from 'vitest';
import { parseRunConfig } from './parse-run.ts';
import { mergeSettings } from './presets.ts';
import { priorMethod, smallPrior } from './prior.ts';

const second = {
  method: priorMethod,
  data: 'photos',
  firstStage: {
    checkpoint: 'runs/first/checkpoints/step-1.safetensors',
    sha256: '0'.repeat(64),
    cropSize: 256,
    averaged: false,
    options: {},
  },
};
const merged = (changes: object) => parseRunConfig(mergeSettings(second, changes));

describe('settings of any run', () => {
  it('are those of its method', () => {
    expect(parseRunConfig({ method: 'cut', data: 'photos' }).method).toBe('cut');
    expect(() => parseRunConfig({ method: 'cat', data: 'photos' })).toThrow('method: ');
    expect(() => parseRunConfig(null)).toThrow('these training settings cannot be used');
  });

  it('have the published defaults for the second stage', () => {
    const config = parseRunConfig(second);
    expect(config).toMatchObject({
      options: {
        layers: 24,
        heads: 16,
        width: 512,
        optimizer: { learningRate: 1e-5, beta1: 0.5, beta2: 0.999, weightDecay: 0 },
      },
      cuts: 1,
      cropSize: 256,
    });
    expect(parseRunConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('may begin with a preset of the second stage', () => {
    expect(parseRunConfig(mergeSettings(smallPrior, second))).toMatchObject({
      options: { layers: 6, width: 256 },
    });
  });

  it.each([
    [{ cropSize: 40 }, 'cropSize must be a multiple of the 16 pixels that a code stands for, got 40'],
    [{ preprocess: 'none' }, 'preprocess must be resize_and_crop, as a window has one size, got none'],
    [{ accumulate: 2, stepsPerRun: 2 }, 'stepsPerRun must be 1 where gradients are accumulated, got 2'],
    [{ options: { width: 100 } }, 'options.width must be a multiple of options.heads (16), got 100'],
    [{ options: { depth: 3 } }, 'options: '],
    [{ cuts: 0 }, 'cuts: '],
  ])('of the second stage that do not fit are refused: %j', (changes, message) => {
    expect(() => merged(changes)).toThrow(message);
  });
});
