import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { methodOf } from '../methods/index.ts';
import { egsdeSchema } from './egsde.ts';
import { parseRunConfig } from './parse-run.ts';
import { mergeSettings, presetOf } from './presets.ts';

const parsed = (method: string, changes: object = {}) =>
  parseRunConfig({ method, data: 'photos', ...changes });

describe('settings of the parts of EGSDE', () => {
  it('are the published ones by default', () => {
    expect(parsed('egsde-classifier')).toMatchObject({
      cropSize: 256,
      batchSize: 16,
      schedule: { unit: 'steps', constant: 0, decay: 5000 },
      options: {
        network: {
          filters: 128,
          multipliers: [1, 1, 2, 2, 4, 4],
          residualBlocks: 2,
          attentionResolutions: [32, 16, 8],
        },
        noise: { course: 'linear', steps: 1000 },
        optimizer: { learningRate: 3e-4, beta1: 0.9, weightDecay: 0.05, decoupledDecay: true },
      },
    });
    expect(parsed('egsde-score')).toMatchObject({
      averageDecay: 0.9999,
      options: {
        domain: 'B',
        network: {
          kind: 'adm',
          filters: 128,
          residualBlocks: 1,
          attentionResolutions: [16],
          headChannels: 64,
        },
        learnedVariance: true,
      },
    });
  });

  it.each(['egsde-score', 'egsde-classifier'])('small is %s at 64x64', (method) => {
    const small = parseRunConfig(mergeSettings(presetOf('small', method), { method, data: 'photos' }));
    expect([small.loadSize, small.cropSize]).toEqual([64, 64]);
    expect(Object.keys(methodOf(small).networks)).toEqual([method.replace('egsde-', '')]);
  });

  it.each([
    [{ cropSize: 48 }, 'a U-Net of 6 levels needs a cropSize that is a multiple of 32, got 48'],
    [{ loadSize: 128 }, 'cropSize must not be larger than loadSize, got 256 and 128'],
    [{ preprocess: 'none' }, 'preprocess must give pictures one size, got none'],
    [{ accumulate: 2, stepsPerRun: 2 }, 'stepsPerRun must be 1 where gradients are accumulated, got 2'],
    [{ options: { noise: { course: 'square' } } }, 'options.noise.course'],
    [{ options: { network: { filters: 40 } } }, 'options.network.filters'],
  ])('refuses %j', (changes, message) => {
    expect(() => parsed('egsde-score', changes)).toThrow(message);
  });

  it('explain every field', () => {
    const unexplained = (schema: z.core.JSONSchema.JSONSchema, path: string): string[] => {
      const fields = Object.entries(schema.properties ?? {}) as [string, z.core.JSONSchema.JSONSchema][];
      if (fields.length > 0) return fields.flatMap(([name, field]) => unexplained(field, `${path}.${name}`));
      return schema.description === undefined && schema.const === undefined ? [path] : [];
    };
    const { oneOf = [] } = z.toJSONSchema(egsdeSchema, { io: 'input' });
    expect(oneOf.flatMap((part, index) => unexplained(part, String(index)))).toEqual([]);
  });
});
