import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidArgumentError } from '../../core/errors.ts';
import { checkpointName, checkRetention, listCheckpoints, stepsToRemove } from './checkpoint-files.ts';

test('names sort as steps do', () => {
  expect(checkpointName(12_000)).toBe('step-00012000.safetensors');
  expect([9, 10_000, 200].map(checkpointName).sort()).toEqual([9, 200, 10_000].map(checkpointName));
  expect(() => checkpointName(1.5)).toThrow(InvalidArgumentError);
});

test('lists checkpoints by step and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'list-'));
  const names = [
    ...[100_000_000, 20, 3].map(checkpointName),
    'step-00000004.safetensors.99.partial',
    'step-5.safetensors',
    'step-0000000006.safetensors',
    'notes.txt',
  ];
  for (const name of names) writeFileSync(join(folder, name), '');
  const listed = await listCheckpoints(folder);
  rmSync(folder, { recursive: true });
  expect(listed).toEqual(
    [3, 20, 100_000_000].map((step) => ({ step, path: join(folder, checkpointName(step)) })),
  );
  expect(await listCheckpoints(folder)).toEqual([]);
});

test('three stay by default', () => {
  expect(stepsToRemove([10, 20, 30, 40], 40, {})).toEqual([10]);
});

test('every k-th stays besides', () => {
  expect(stepsToRemove([100, 150, 200, 250, 300, 350], 350, { keep: 1, keepEvery: 100 })).toEqual([150, 250]);
});

test('steps after the one saved go, so that a damaged newest file does not push out good ones', () => {
  expect(stepsToRemove([10, 20, 30, 400], 30, { keep: 2, keepEvery: 100 })).toEqual([10, 400]);
});

test('the saved step always stays, and never more than keep without keepEvery', () => {
  const steps = fc.uniqueArray(fc.nat(50), { minLength: 1 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (found, keep) => {
      const saved = found[0] as number;
      const removed = new Set(stepsToRemove(found, saved, { keep }));
      const left = found.filter((step) => !removed.has(step));
      expect(left).toContain(saved);
      expect(Math.max(...left)).toBe(saved);
      expect(left.length).toBe(Math.min(keep, found.filter((step) => step <= saved).length));
    }),
  );
});

test.each([{ keep: 0 }, { keep: 1.5 }, { keepEvery: 0 }, { keepEvery: Number.NaN }])(
  '%j is refused',
  (retention) => {
    expect(() => checkRetention(retention)).toThrow(InvalidArgumentError);
  },
);

test('no retention is fine', () => {
  expect(() => checkRetention({})).not.toThrow();
});
