import { describe, expect, it } from 'vitest';
import { configSchema, laneLayout, readConfig } from './config.ts';

describe('readConfig', () => {
  it('has a default for everything; empty variables count as unset, others are not looked at', () => {
    const config = readConfig({ PORT: '', EDITOR: 'vi' });
    expect(config).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8080,
      MODELS_DIR: 'models',
      PROVIDER: 'auto',
      LANES: 'auto',
      MAX_BATCH: 'auto',
    });
    expect(Object.keys(config)).toEqual(Object.keys(configSchema.shape));
  });

  it('reads what is set', () => {
    expect(readConfig({ PORT: '0', LANES: '3', THREADS_PER_LANE: 'auto', PROVIDER: 'cpu' })).toMatchObject({
      PORT: 0,
      LANES: 3,
      THREADS_PER_LANE: 'auto',
      PROVIDER: 'cpu',
    });
  });

  it.each([
    ['PORT', '80 80', 'PORT must be a whole number from 0 to 65535, got "80 80"'],
    ['PORT', '70000', 'PORT must be a whole number from 0 to 65535, got "70000"'],
    ['LANES', '0', 'LANES must be auto, or a whole number from 1 to 64, got "0"'],
    ['PROVIDER', 'tpu', 'PROVIDER must be auto, cpu, cuda or webgpu, got "tpu"'],
    ['DRAIN_MS', '-1', 'DRAIN_MS must be a whole number from 0 to 600000, got "-1"'],
  ])('%s=%s is an error that names it', (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });

  it('names every variable at fault', () => {
    expect(() => readConfig({ PORT: 'x', QUEUE_LIMIT: '0' })).toThrow(/PORT must be .*; QUEUE_LIMIT must be/);
  });

  it('explains every variable in a sentence', () => {
    for (const schema of Object.values(configSchema.shape)) expect(schema.description).toMatch(/\.$/);
  });
});

describe('laneLayout', () => {
  const auto = { LANES: 'auto', THREADS_PER_LANE: 'auto', PROVIDER: 'auto' } as const;
  it.each([
    [1, 1, 1],
    [2, 1, 2],
    [4, 1, 3],
    [8, 2, 3],
    [16, 4, 3],
    [64, 16, 3],
  ])('%i threads: %i lanes of %i', (threads, lanes, threadsPerLane) => {
    expect(laneLayout(auto, threads)).toEqual({ lanes, threadsPerLane });
  });

  it('one lane of one thread on a GPU', () => {
    expect(laneLayout({ ...auto, PROVIDER: 'cuda' }, 32)).toEqual({ lanes: 1, threadsPerLane: 1 });
  });

  it('what was measured is used, where nothing is set', () => {
    const tuned = { lanes: 5, threadsPerLane: 1 };
    expect(laneLayout(auto, 9, tuned)).toEqual(tuned);
    expect(laneLayout({ ...auto, LANES: 2 }, 9, tuned)).toEqual({ lanes: 2, threadsPerLane: 4 });
    expect(laneLayout({ ...auto, THREADS_PER_LANE: 3 }, 9, tuned)).toEqual({ lanes: 2, threadsPerLane: 3 });
  });

  it('what is set is kept', () => {
    expect(laneLayout({ ...auto, LANES: 2 }, 9)).toEqual({ lanes: 2, threadsPerLane: 4 });
    expect(laneLayout({ ...auto, LANES: 2, THREADS_PER_LANE: 7 }, 2)).toEqual({
      lanes: 2,
      threadsPerLane: 7,
    });
  });
});
