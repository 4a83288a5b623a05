import { describe, expect, it } from 'vitest';
import { cardWithEvaluation } from './card-section.ts';
import type { EvaluationReport } from './report.ts';
import { figureLabel, reportRows } from './report.ts';

const report: EvaluationReport = {
  createdAt: '2026-01-02T03:04:05.000Z',
  software: 'unpaired 0',
  command: 'unpaired evaluate --model m --data d',
  seed: 0,
  subject: 'm/1, horse to zebra: 120 pictures of testA against 140 pictures of testB',
  pictures: { translated: 120, target: 140 },
  missing: [],
  figures: [
    {
      metric: 'kid',
      against: 'target set',
      extractor: { name: 'fid-inception', sha256: 'ab12' },
      resize: 'clean',
      better: 'lower',
      translated: { value: 0.0123456789, deviation: 0.00123456, pictures: 120 },
      untranslated: { value: 0.5, pictures: 120 },
    },
    { metric: 'ssim', against: 'source', better: 'higher', translated: { value: 0.75, pictures: 100 } },
  ],
};

describe('a report', () => {
  it('never shows a figure without its extractor and its convention', () => {
    expect(report.figures.map(figureLabel)).toEqual(['KID (fid-inception, clean)', 'SSIM to the source']);
  });

  it('has untranslated pictures beside translated ones', () => {
    expect(reportRows(report)).toEqual([
      ['FIGURE', 'BETTER', 'TRANSLATED', 'UNTRANSLATED', 'PICTURES'],
      ['KID (fid-inception, clean)', 'lower', '0.012346 ± 0.0012', '0.5', '120'],
      ['SSIM to the source', 'higher', '0.75', '-', '100'],
    ]);
    const rows = reportRows({ ...report, figures: report.figures.slice(1) });
    expect(rows[0]).toEqual(['FIGURE', 'BETTER', 'VALUE', 'PICTURES']);
  });
});

describe('a card', () => {
  const card = '# m 1\n\n## Losses\n\nnone\n\n## Limits\n\nmany\n\n## How it was made\n\nso\n';

  it('gets the evaluation before its limits', () => {
    const written = cardWithEvaluation(card, report);
    expect(written.match(/^## .*$/gm)).toEqual([
      '## Losses',
      '## Evaluation',
      '## Limits',
      '## How it was made',
    ]);
    expect(written).toContain('| KID (fid-inception, clean) | lower | 0.012346 ± 0.0012 | 0.5 | 120 |');
    expect(written).toContain('`fid-inception` has sha256 `ab12`.');
    expect(written).toContain('Computed on 2026-01-02 by unpaired 0, seed 0.');
    expect(written).toContain('unpaired evaluate --model m --data d');
  });

  it('has one evaluation, the last', () => {
    const once = cardWithEvaluation(card, report);
    expect(cardWithEvaluation(once, report)).toBe(once);
    const other = cardWithEvaluation(once, { ...report, command: 'unpaired evaluate --limit 9' });
    expect(other).toContain('--limit 9');
    expect(other).not.toContain('--model m --data d');
    expect(other.replace('unpaired evaluate --limit 9', report.command)).toBe(once);
  });

  it('gets it at the end when there is nothing that it belongs before', () => {
    const written = cardWithEvaluation('# m 1\n', report);
    expect(written.startsWith('# m 1\n\n## Evaluation\n')).toBe(true);
    expect(cardWithEvaluation(written, report)).toBe(written);
  });
});
