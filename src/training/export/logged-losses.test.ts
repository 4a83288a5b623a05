import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/sitting.ts';
import { lastLoggedLosses } from './logged-losses.ts';

async function lossesOf(lines: readonly string[]): Promise<Record<string, number>> {
  const file = join(await temporaryFolder(), 'metrics.jsonl');
  await writeFile(file, lines.join('\n'));
  return lastLoggedLosses(file);
}

const line = (losses: object) => JSON.stringify({ step: 1, losses });

it('is the mean over the last 20 lines', async () => {
  const early = Array.from({ length: 30 }, () => line({ G: 100 }));
  const late = Array.from({ length: 20 }, (_, index) => line({ G: index, D: 1 }));
  expect(await lossesOf([...early, ...late, ''])).toEqual({ G: 9.5, D: 1 });
});

it('leaves out a line that is still being written, and what is not finite', async () => {
  const lines = [line({ G: 1 }), line({ G: 'NaN', D: 4 }), line({ G: 3 }), '{"step":4,"losses":{"G":'];
  const losses = await lossesOf(lines);
  expect(losses.G).toBe(2);
  expect(losses.D).toBe(4);
});

it('is empty when nothing was logged', async () => {
  expect(await lossesOf([])).toEqual({});
  expect(await lastLoggedLosses(join(await temporaryFolder(), 'metrics.jsonl'))).toEqual({});
});
