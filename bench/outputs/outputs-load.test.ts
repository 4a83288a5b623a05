import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePackage } from '../../src/serving/testing/model-package.ts';
import { writeExemplarPackage } from '../../src/testing/exemplar-package.ts';
import { ServiceProcess } from '../serving/service-process.ts';
import { measureOutputs } from './outputs-load.ts';

const models = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-test-'));
let service: ServiceProcess;

beforeAll(async () => {
  await writeExemplarPackage(models, { name: 'coded' });
  service = await ServiceProcess.start(models);
});

afterAll(async () => {
  await service.stop();
  await rm(models, { recursive: true });
});

const surroundings = { rounds: 2, lanes: 2, session: { provider: 'cpu', threads: 1 } } as const;

it('times requests to a real service between bare runs', async () => {
  const folder = path.join(models, 'coded/1');
  const { requests, bare, outputs } = await measureOutputs(folder, { ...surroundings, service, outputs: 3 });
  expect([requests.length, bare.length, outputs]).toEqual([2, 3, 3]);
  for (const { milliseconds, stages } of requests) {
    expect(stages.run).toBeGreaterThan(0);
    expect(milliseconds).toBeGreaterThan(stages.run as number);
  }
  for (const times of bare.flatMap(Object.values)) expect(times).toBeGreaterThan(0);
});

it('says what the service says', async () => {
  const folder = path.join(models, 'coded/1');
  await expect(measureOutputs(folder, { ...surroundings, service, outputs: 17 })).rejects.toThrow(
    /a request for several outputs got 422/,
  );
  const plain = await writePackage(models, { name: 'plain' });
  await expect(measureOutputs(plain, { ...surroundings, service, outputs: 2 })).rejects.toThrow(
    'plain makes one output of a picture',
  );
});
