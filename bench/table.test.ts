import { expect, it } from 'vitest';
import { formatTable, milliseconds, percent } from './table.ts';

it('puts names to the left and numbers to the right, without trailing blanks', () => {
  const rows = [
    ['', 'ms', 'share'],
    ['Conv', '1204', '71.0 %'],
    ['InstanceNormalization', '9.1'],
  ];
  expect(formatTable(rows)).toBe(
    [
      '                         ms   share',
      'Conv                   1204  71.0 %',
      'InstanceNormalization   9.1',
      '',
    ].join('\n'),
  );
  expect(formatTable([])).toBe('');
});

it('writes ratios as percent and times with three digits', () => {
  expect(percent(0.9534)).toBe('95.3 %');
  expect([812.4, 43.06, 0.523].map(milliseconds)).toEqual(['812', '43.1', '0.52']);
});
