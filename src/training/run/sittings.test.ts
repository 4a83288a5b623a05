import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/sitting.ts';
import { sittingStart } from './report/testing/made-up-run.ts';
import { readSittings, recordSitting } from './sittings.ts';

const end = { at: '2026-01-02T03:04:05.000Z', step: 7, how: 'stopped' } as const;

it('reads sittings back as they were recorded; one without an end is under way or was killed', async () => {
  const file = join(await temporaryFolder(), 'sittings.jsonl');
  expect(await readSittings(file)).toEqual([]);
  await recordSitting(file, { began: sittingStart({ step: 0 }) });
  await recordSitting(file, { ended: end });
  await recordSitting(file, { began: sittingStart({ step: 7, providerNote: 'no libraries' }) });
  expect(await readSittings(file)).toEqual([
    { began: sittingStart({ step: 0 }), ended: end },
    { began: sittingStart({ step: 7, providerNote: 'no libraries' }) },
  ]);
});

it('passes over lines that cannot be read', async () => {
  const file = join(await temporaryFolder(), 'sittings.jsonl');
  await appendFile(file, `null\n{"ended":${JSON.stringify(end)}}\n{"began":{"step":"0"}}\n`);
  await recordSitting(file, { began: sittingStart({ step: 0 }) });
  await appendFile(file, '{"ended":{"at"');
  expect(await readSittings(file)).toEqual([{ began: sittingStart({ step: 0 }) }]);
});
