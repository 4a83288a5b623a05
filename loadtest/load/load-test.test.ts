import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { deviceHere, writeTuning } from '../../src/serving/index.ts';
import { writeExemplarGuidedPackage, writePackage } from '../../src/serving/testing/model-package.ts';
import { tinyModel } from '../../src/testing/tiny-model.ts';
import { loadPage } from './load-page.ts';
import { runLoadTest } from './load-test.ts';
import { loadText } from './load-text.ts';
import { parseLoadOptions } from './options.ts';

const models = await mkdtemp(path.join(tmpdir(), 'unpaired-loadtest-'));
afterAll(() => rm(models, { recursive: true }));
const onnx = tinyModel({
  inputs: [{ name: 'input', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  outputs: [{ name: 'output', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  nodes: [{ operator: 'Identity', inputs: ['input'], outputs: ['output'] }],
});
await writePackage(models, { name: 'identity', onnx });
// As unpaired tune writes it: a layout that is nobody's default.
const measured = { lanes: 2, threadsPerLane: 1 };
await writeTuning(path.join(models, 'tuning.json'), {
  schemaVersion: 1,
  measuredAt: '2026-01-01T00:00:00.000Z',
  device: { ...deviceHere({ DEVICE_ID: 0 }), provider: 'cpu' },
  ...measured,
  models: [],
});
beforeAll(() => void vi.stubEnv('PROVIDER', 'cpu'));
afterAll(() => void vi.unstubAllEnvs());

it('loads a service of its own and compares it with the bare session', async () => {
  const notes: string[] = [];
  const args = ['--serve', models, '--rate', '10', '--arrivals', 'uniform', '--seconds', '1'];
  const mix = [
    '--sizes',
    '64x64:2,32x48',
    '--formats',
    'jpeg,png',
    '--send',
    'body,form',
    '--objective',
    '5000',
  ];
  const report = await runLoadTest(parseLoadOptions([...args, ...mix]), (line) => notes.push(line));
  expect(report).toMatchObject({ target: 'own service', holds: true, models: { identity: 1 } });
  expect(report.figures).toMatchObject({ offered: 10, answered: 10, notSent: 0 });
  expect(report.figures.stages.map(({ stage }) => stage)).toEqual(
    expect.arrayContaining(['decode', 'queue', 'run', 'encode', 'elsewhere']),
  );
  // With the lanes and threads that the service takes from the measurements.
  expect(report.bare).toMatchObject(measured);
  expect(report.bare?.before).toBeGreaterThan(0);
  expect(report.bare?.after).toBeGreaterThan(0);
  const text = loadText(report);
  expect(text).toMatch(/^200 +10 /m);
  expect(text).toContain('10 of 10 requests answered with a picture');
  expect(text).toContain('with fewer than 100 answers p99 is the slowest one');
  const page = loadPage(report);
  expect(page.match(/<svg/g)).toHaveLength(5);
  expect(page).not.toMatch(/<script|https?:|NaN|undefined/);
  expect(notes).toContain('10.00 requests a second for 1 s');
});

it('refuses hosts, models and services that are not there', async () => {
  const run = (...args: string[]) => runLoadTest(parseLoadOptions(args), () => {});
  await expect(run('--url', 'http://192.0.2.1/')).rejects.toThrow('add --permitted-host 192.0.2.1');
  await expect(run('--url', 'http://127.0.0.1:1/')).rejects.toThrow('/models tells no models');
  await expect(run('--serve', models, '--models', 'zebra')).rejects.toThrow('serves identity, not zebra');
});

it('loads a model of several runs a picture, without a bare session to compare with', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-loadtest-'));
  try {
    await writeExemplarGuidedPackage(folder, { name: 'painter' });
    const args = ['--serve', folder, '--clients', '1', '--requests', '3', '--sizes', '16x16'];
    const report = await runLoadTest(parseLoadOptions([...args, '--objective', '5000']), () => {});
    expect(report.figures.answered).toBe(3);
    expect(report.bare).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
