import { mkdir, readFile, rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { TrainingDivergedError } from './divergence.ts';
import { madeUpRun } from './run/report/testing/made-up-run.ts';
import { readSittings } from './run/sittings.ts';
import { RunRecord } from './run-record.ts';
import { tinyConfig } from './testing/tiny-config.ts';

const facts = { resumedStep: 4, totalSteps: 8, provider: 'webgpu', sizes: { trainA: 5 } };

/** A sitting in a made-up run, without any training. */
async function begin() {
  const folder = await madeUpRun({ sittings: [] });
  const notes: string[] = [];
  const observer = { started: () => {}, stepped: () => {}, noted: (line: string) => notes.push(line) };
  const means = { session: { threads: 3 }, workers: 2, cacheBytes: 0, signal: new AbortController().signal };
  const run = { config: tinyConfig(), folder, software: 'unpaired 9.9.9', observer, ...means };
  return { folder, notes, record: await RunRecord.begin(run, facts, 'no cuda') };
}

it('notes what a sitting began with', async () => {
  const { folder } = await begin();
  const [sitting] = await readSittings(folder.sittingsFile);
  expect(sitting).toEqual({
    began: {
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      step: 4,
      totalSteps: 8,
      software: 'unpaired 9.9.9',
      node: process.versions.node,
      onnxruntime: expect.stringMatching(/^\d+\.\d+\.\d+/),
      provider: 'webgpu',
      providerNote: 'no cuda',
      threads: 3,
      workers: 2,
      processor: expect.any(String),
      processorThreads: expect.any(Number),
      memoryBytes: expect.any(Number),
      system: expect.any(String),
      pictures: { trainA: 5 },
    },
  });
});

it('notes how it ended, whatever is thrown', async () => {
  const { folder, record } = await begin();
  const outcome = { step: 6, finished: false, skippedPictures: 0 };
  expect(await record.around({ run: async () => outcome, stepsDone: 6 })).toBe(outcome);
  const ends = async () => (await readSittings(folder.sittingsFile)).at(-1)?.ended;
  expect(await ends()).toMatchObject({ step: 6, how: 'stopped' });
  const failing = (thrown: Error) => record.around({ run: () => Promise.reject(thrown), stepsDone: 7 });
  await expect(failing(new Error('disk full'))).rejects.toThrow('disk full');
  expect(await ends()).toMatchObject({ step: 7, how: 'failed', reason: 'disk full' });
  await expect(failing(new TrainingDivergedError('G is NaN', undefined))).rejects.toThrow('diverged');
  expect((await ends())?.how).toBe('diverged');
  expect(await readFile(folder.reportFile, 'utf8')).toContain(': cut, diverged at step 7</title>');
});

it('tells that a report or a note cannot be written, and lets training go on', async () => {
  const { folder, notes, record } = await begin();
  await mkdir(folder.reportFile);
  await record.report();
  expect(notes).toEqual([expect.stringMatching(/^the report could not be written: /)]);
  await rm(folder.sittingsFile);
  await mkdir(folder.sittingsFile);
  const outcome = { step: 8, finished: true, skippedPictures: 0 };
  expect(await record.around({ run: async () => outcome, stepsDone: 8 })).toBe(outcome);
  expect(notes[1]).toMatch(/^the end of the sitting could not be noted: /);
});
