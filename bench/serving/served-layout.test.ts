import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deviceHere, laneLayout, readConfig, writeTuning } from '../../src/serving/index.ts';
import { startHarness } from '../../src/serving/testing/harness.ts';
import { listen } from '../../src/serving/testing/sockets.ts';
import { providerOf, servedLayout } from './served-layout.ts';

let models: string;
beforeAll(async () => {
  models = await mkdtemp(path.join(tmpdir(), 'unpaired-layout-'));
  await writeTuning(path.join(models, 'tuning.json'), {
    schemaVersion: 1,
    measuredAt: '2026-01-01T00:00:00.000Z',
    device: { ...deviceHere({ DEVICE_ID: 0 }), provider: 'cpu' },
    // No rule makes this of a number of threads.
    lanes: 7,
    threadsPerLane: 5,
    models: [],
  });
});
afterAll(() => rm(models, { recursive: true }));

const { threads } = deviceHere({ DEVICE_ID: 0 });

it('is what was measured, where the service uses that', async () => {
  expect(await servedLayout(models, 'cpu', {})).toEqual({ lanes: 7, threadsPerLane: 5 });
});

it.each([
  ['runs on another provider', 'cuda', {}],
  ['is told its lanes', 'cpu', { LANES: '3' }],
  ['looks for no file', 'cpu', { TUNING_FILE: 'none' }],
])('is what the variables say where the service %s', async (_, provider, environment) => {
  expect(await servedLayout(models, provider, environment)).toEqual(
    laneLayout(readConfig(environment), threads),
  );
});

it('takes the provider that runs from the service', async () => {
  const service = await startHarness();
  try {
    expect(await providerOf(`http://127.0.0.1:${await listen(service.app)}`)).toBe('cpu');
  } finally {
    await service.close();
  }
});
