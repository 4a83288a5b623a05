import { describe, expect, it } from 'vitest';
import { betasOf } from '../../core/diffusion/betas.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { GuidanceError } from '../guidance/plan.ts';
import type { DiffusionSampling } from '../translators/diffusion-sampling.ts';
import { type DiffusionRules, planDiffusion, requireNoSampling } from './plan.ts';

const defaults = {
  strength: 0.5,
  steps: 100,
  solver: 'ancestral',
  realism: 500,
  faithfulness: 2,
  repeats: 1,
} as const;
const diffusion: DiffusionSampling = {
  schedule: noiseSchedule(betasOf({ course: 'cosine', steps: 400 })),
  variance: 'fixedsmall',
  sources: ['cat', 'wild'],
  defaults,
  stepFor: ({ realism, faithfulness }) =>
    realism === 0 && faithfulness === 0
      ? { network: 'plain', isGuided: false, stepsPerRun: 1 }
      : { network: 'guided', isGuided: true, stepsPerRun: 1 },
};
type Wishes = Parameters<typeof planDiffusion>[0];
const plan = (wishes: Wishes, rules: Partial<DiffusionRules> = {}) =>
  planDiffusion(wishes, { diffusion, stepsInTime: () => Number.POSITIVE_INFINITY, ...rules });

function faults(action: () => unknown) {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof GuidanceError) return thrown.faults.map(({ field }) => field);
    throw thrown;
  }
  return [];
}

describe('planDiffusion', () => {
  it('takes what is said, and what is not from the model', () => {
    const { settings, pictures, seed, sampling } = plan({});
    expect([settings, pictures]).toEqual([defaults, 1]);
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
    expect([sampling.steps.length, sampling.repeats, sampling.steps[0]?.time]).toEqual([100, 1, 199]);
    const wishes = {
      strength: 1,
      steps: 7,
      solver: 'ddim',
      realism: 0,
      faithfulness: 3,
      repeats: 2,
    } as const;
    expect(plan({ ...wishes, seed: 5, outputs: 3, from: 'wild' })).toMatchObject({
      settings: wishes,
      seed: 5,
      pictures: 3,
      sampling: { repeats: 2, steps: { length: 7 } },
    });
  });

  it('takes no more steps by itself than the strength has times', () => {
    expect(plan({ strength: 0.1 }).settings.steps).toBe(40);
    expect(plan({ strength: 0.0001 }).settings.steps).toBe(1);
    expect(plan({ strength: 0.1, steps: 'auto' }).settings.steps).toBe(40);
  });

  it('chooses steps by the time, between five and the default', () => {
    const within = (inTime: number, wishes: Wishes = {}) =>
      plan({ steps: 'auto', ...wishes }, { stepsInTime: () => inTime }).settings.steps;
    const free = { faithfulness: 0 };
    const chosen = [1e9, 60.9, 6, 5.5, 0.3, -4].map((inTime) => within(inTime, free));
    expect(chosen).toEqual([100, 60, 6, 5, 5, 5]);
    expect(within(60, { repeats: 3, ...free })).toBe(20);
    expect(within(2, { strength: 0.005 })).toBe(2);
    // Fewer would drive the picture away from its source.
    const least = within(0, { faithfulness: 8 });
    expect(least).toBeGreaterThan(5);
    expect(within(0, { faithfulness: 40 })).toBeGreaterThan(least);
    expect(within(0, { faithfulness: 1e6 })).toBe(100);
    const asked: unknown[] = [];
    const stepsInTime = (...about: unknown[]) => asked.push(about);
    plan({ steps: 'auto', outputs: 4, realism: 0, faithfulness: 0 }, { stepsInTime });
    plan({ steps: 'auto' }, { stepsInTime });
    plan({ steps: 9 }, { stepsInTime });
    expect(asked).toEqual([
      [{ network: 'plain', isGuided: false, stepsPerRun: 1 }, 4],
      [{ network: 'guided', isGuided: true, stepsPerRun: 1 }, 1],
    ]);
  });

  it.each<[Wishes, string[]]>([
    [{ steps: 201 }, ['steps']],
    [{ steps: 200 }, []],
    [{ steps: 41, strength: 0.1 }, ['steps']],
    [{ from: 'dog' }, ['from']],
    [{ style: [new Uint8Array(1)], attribute: [[1]], interpolate: 2 }, ['style', 'attribute', 'interpolate']],
    [{ style: [] }, []],
  ])('of %j finds %j at fault', (wishes, fields) => {
    expect(faults(() => plan(wishes))).toEqual(fields);
  });

  it('asks for no more pictures than the service can hold', () => {
    expect(faults(() => plan({ outputs: 5 }, { mostPictures: 4 }))).toEqual(['outputs']);
    expect(faults(() => plan({ outputs: 4 }, { mostPictures: 4 }))).toEqual([]);
  });
});

it('models that do not sample refuse what only samplings follow, and only that', () => {
  expect(faults(() => requireNoSampling({ from: 'cat', steps: 'auto', realism: 0, repeats: 1 }))).toEqual([
    'from',
    'steps',
    'realism',
    'repeats',
  ]);
  expect(faults(() => requireNoSampling({}))).toEqual([]);
});
