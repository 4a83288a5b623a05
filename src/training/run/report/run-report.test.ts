import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encode, pixelsFrom } from '../../../image/index.ts';
import type { RunFolder } from '../run-folder.ts';
import { RunReport } from './run-report.ts';
import { madeUpRun } from './testing/made-up-run.ts';

const pageOf = (folder: RunFolder) => new RunReport(folder).page();
const headings = (page: string) => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, text]) => text);
const stepsShown = (page: string) => [...page.matchAll(/<img [^>]*step ([\d,]+)"/g)].map(([, step]) => step);

it('has every section, and everything that was recorded', async () => {
  const page = await pageOf(await madeUpRun({ sittings: [{ ended: {} }, { began: { step: 4 } }] }));
  expect(headings(page)).toEqual([
    'Previews',
    'Losses',
    'Learning rate and speed',
    'Settings',
    'Networks',
    'Environment',
    'Sittings',
  ]);
  expect(page).toMatch(/<title>\S+: cut, stopped at step 4<\/title>/);
  expect(page).toContain('4 of 8 (50 %)');
  expect(page).toContain('<dt>Training time</dt><dd>4m 0s</dd>');
  expect(page).toContain('Columns: a test picture of A, its translation to B, a test picture of B');
  expect(page).toContain('class="resumed"');
  expect(page).toMatch(/<b>G<\/b>[\s\S]*<output>2.5<\/output>/);
  expect(page).toContain('aria-label="Learning rate over steps. generator, discriminator: 0.002 at step 1, ');
  expect(page).toMatch(/<th scope="row">generator<\/th><td>[\d,]+<\/td>/);
  for (const fact of [
    'Abacus 3000, 4 threads',
    'unpaired 9.9.9, Node 20.19.0, ONNX Runtime 1.2.3',
    '3.0 GiB',
  ]) {
    expect(page).toContain(fact);
  }
  expect(page).toContain('<td>1h 30m</td><td>stopped</td>');
});

it('marks the settings that differ from the nearest preset', async () => {
  const page = await pageOf(await madeUpRun({ settings: { options: { temperature: 0.11 } } }));
  expect(page).toContain('Changed from the preset <code>published</code>');
  const row = '<tr><th scope="row"><code>options.temperature</code></th><td>0.11</td><td>0.07</td></tr>';
  expect(page).toContain(row);
  expect(page).toContain('<tr><th scope="row"><code>options.optimizer.beta1</code></th><td>0.5</td></tr>');
});

it('needs no other file and no network', async () => {
  const page = await pageOf(await madeUpRun());
  expect(page).toContain("content=\"default-src 'none'; img-src data:");
  const sources = [...page.matchAll(/\b(?:src|href)="([^"]{0,20})/g)].map(([, source]) => source);
  expect(sources.length).toBeGreaterThan(0);
  expect(sources.filter((source) => !source?.startsWith('data:image/webp'))).toEqual([]);
  expect(page).not.toMatch(/https?:|@import|url\(/);
});

it('escapes whatever a run is made of', async () => {
  const hostile = '"><script>alert(1)</script>';
  const folder = await madeUpRun({
    settings: { data: hostile },
    sittings: [{ began: { processor: hostile }, ended: { how: 'diverged', reason: hostile } }],
  });
  const page = await pageOf(folder);
  expect(page).not.toContain('<script>alert');
  expect(page).not.toContain('D<fake>');
  expect(page.match(/&quot;&gt;&lt;script&gt;alert\(1\)/g)?.length).toBe(3);
  expect(page).toContain('<b>D&lt;fake&gt;</b>');
});

it('shows what there is of a run that has hardly begun, or is of another version', async () => {
  const folder = await madeUpRun({ losses: [], previews: [], sittings: [] });
  const page = await pageOf(folder);
  expect(page).toContain('Nothing has been logged yet.');
  expect(page).toContain('There are none yet.');
  expect(page).toContain('Not recorded: the run was made by an earlier version.');
  await writeFile(folder.configFile, '{"method":"later","options":{"depth":[1,2],"from":[{"path":"a"}]}}');
  const strange = await pageOf(folder);
  expect(headings(strange)).not.toContain('Networks');
  expect(strange).toContain('<details open>');
  expect(strange).toContain('<code>options.depth</code></th><td>1, 2</td>');
  expect(strange).toContain('<code>options.from.0.path</code></th><td>a</td>');
});

it('names a preview that cannot be read and shows the others', async () => {
  const folder = await madeUpRun();
  await writeFile(join(folder.previews, 'step-00000002-from-A.png'), 'not a picture');
  await writeFile(join(folder.previews, 'notes.txt'), 'mine');
  const page = await pageOf(folder);
  expect(stepsShown(page)).toEqual(['4', '0']);
  expect(page).toMatch(/<li>step-00000002-from-A\.png: .+<\/li>/);
});

it('shows previews evenly spaced over a long run, the newest first and no more than ten', async () => {
  const steps = Array.from({ length: 30 }, (_, index) => 100 * index);
  const page = await pageOf(await madeUpRun({ previews: steps }));
  expect(stepsShown(page)).toEqual(['2,900', '0', '400', '800', '1,200', '1,600', '2,000', '2,400', '2,800']);
});

it('stays below two megabytes with noise for previews and a log of months', async () => {
  const losses = Array.from({ length: 20_000 }, (_, step) => Math.sin(step * step));
  const folder = await madeUpRun({ losses, previews: [] });
  const noise = new Uint8Array(1030 * 1030 * 3).map((_, index) => (index * index * 2_654_435_761) >>> 13);
  const png = await encode(pixelsFrom({ width: 1030, height: 1030 }, noise), { format: 'png' });
  for (let step = 0; step < 10; step += 1) {
    for (const from of ['A', 'B']) {
      await writeFile(join(folder.previews, `step-0000000${step}-from-${from}.png`), png);
    }
  }
  const page = await pageOf(folder);
  expect(stepsShown(page)).toHaveLength(12);
  expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
});

it('keeps the previews that it has encoded', async () => {
  const folder = await madeUpRun();
  const report = new RunReport(folder);
  const pictures = (page: string) => page.match(/data:image\/webp[^"]*/g);
  const before = pictures(await report.page());
  for (const step of ['0', '4']) await writeFile(join(folder.previews, `step-0000000${step}-from-A.png`), '');
  expect(pictures(await report.page())).toEqual(before);
});
