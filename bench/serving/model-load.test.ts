import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writePackage } from '../../src/serving/testing/model-package.ts';
import { tinyModel } from '../../src/testing/tiny-model.ts';
import { parseOptions } from '../options.ts';
import { measureModel, shareOut } from './model-load.ts';
import { ServiceProcess } from './service-process.ts';

const models = await mkdtemp(path.join(tmpdir(), 'unpaired-bench-test-'));
afterAll(() => rm(models, { recursive: true }));

it('loads a real service and finds every answer to be its own request', async () => {
  const onnx = tinyModel({
    inputs: [{ name: 'input', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
    outputs: [{ name: 'output', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
    nodes: [{ operator: 'Identity', inputs: ['input'], outputs: ['output'] }],
  });
  const folder = await writePackage(models, { name: 'identity', onnx });
  const service = await ServiceProcess.start(models);
  try {
    const measured = await measureModel(folder, {
      service,
      options: parseOptions(['--clients', '3', '--requests', '10', '--rounds', '2']),
      layout: { lanes: 1, threadsPerLane: 1 },
      session: { provider: 'cpu', threads: 1 },
      note: () => {},
    });
    expect(measured.verdict).toEqual({ errors: 0, different: 0, firstError: undefined });
    expect(measured.rounds.map(({ pictures }) => pictures)).toEqual([5, 5]);
    expect(measured.answers.map(({ client }) => client).sort()).toEqual(
      expect.arrayContaining([0, 0, 1, 1, 2, 2]),
    );
    expect(measured.bareRates).toHaveLength(3);
    for (const rate of measured.bareRates) expect(rate).toBeGreaterThan(0);
  } finally {
    await service.stop();
  }
});

it('rounds take all requests, and none is empty', () => {
  expect(shareOut(10, 4)).toEqual([2, 3, 2, 3]);
  expect(shareOut(2, 4)).toEqual([1, 1]);
});
