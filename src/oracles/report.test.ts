import { describe, expect, it } from 'vitest';
import type { Comparison } from './compare.ts';
import { caseLines, exitCodeOf, summaryLines } from './report.ts';
import type { CaseResult } from './run-case.ts';

const agreeing: Comparison = { output: 'y', ok: true, ratio: 0.25, error: 1e-6, tolerance: 4e-6 };
const differing: Comparison = { output: 'grad.x', ok: false, ratio: 2, error: 0.5, tolerance: 0.25 };
const nothing = { recovered: [], unread: [] };
const ok: CaseResult = {
  status: 'ok',
  name: 'one',
  judged: { comparisons: [agreeing], worst: agreeing, ...nothing },
};
const failed: CaseResult = {
  status: 'failed',
  name: 'two',
  judged: { comparisons: [agreeing, differing], worst: differing, ...nothing },
};
const unknown: CaseResult = { status: 'unknown', name: 'three', className: 'DRIT.forward' };
const malformed: CaseResult = { status: 'malformed', name: 'four', reason: 'no such file' };

describe('the exit code', () => {
  it('is 0 when all that is known is ok', () => {
    expect(exitCodeOf([ok, unknown])).toBe(0);
  });

  it('is 1 when a case failed, whatever else happened', () => {
    expect(exitCodeOf([ok, failed, malformed])).toBe(1);
  });

  it('is 2 when nothing was judged, or a folder is not a case', () => {
    expect(exitCodeOf([])).toBe(2);
    expect(exitCodeOf([unknown])).toBe(2);
    expect(exitCodeOf([ok, malformed])).toBe(2);
  });
});

describe('the lines', () => {
  it('of a case that is ok name its worst error', () => {
    expect(caseLines(ok, 5)).toEqual([
      'ok         one    worst error 0.250 of its tolerance (0.00000100 of 0.00000400), y (1 outputs)',
    ]);
  });

  it('of a case that failed name every output that differs', () => {
    expect(caseLines(failed, 3)).toEqual([
      'FAILED     two  worst error 2.000 of its tolerance (0.500 of 0.250), grad.x (1 of 2 outputs)',
      '             grad.x: off by 0.500, tolerance 0.250 (2.00 times)',
    ]);
  });

  it('of a case that could not be rebuilt give the reason', () => {
    expect(caseLines({ status: 'failed', name: 'five', reason: 'why' }, 4)).toEqual(['FAILED     five  why']);
    expect(caseLines(malformed, 4)).toEqual(['malformed  four  no such file']);
  });

  it('tell what a reader has to know', () => {
    const judged = { ...ok.judged, recovered: ['y'], unread: ['decay'], footnote: 'imitated' };
    expect(caseLines({ ...ok, judged }, 3).slice(1)).toEqual([
      '             note: imitated; concerns y',
      '             arguments not looked at: decay',
    ]);
  });

  it('of the summary list unknown classes apart', () => {
    expect(caseLines(unknown, 5)).toEqual([]);
    expect(summaryLines([ok, failed, unknown, malformed])).toEqual([
      '',
      'Not known yet, not judged:',
      '  three: DRIT.forward',
      '',
      '2 cases judged: 1 ok, 1 failed, 1 malformed, 1 of classes not known yet',
    ]);
    expect(summaryLines([])).toEqual(['', 'No case could be judged.']);
  });
});
