import { expect, it } from 'vitest';
import { countBars, stackedBar } from './bars.ts';
import { chart } from './chart.ts';

const options = { title: 'T', across: 'seconds' };

it('draws lines from zero up, interrupted by what is not a number', () => {
  const text = `${chart(
    [
      {
        name: '<a>',
        points: [
          [0, 0],
          [5, Number.NaN],
          [10, 100],
        ],
      },
    ],
    options,
  )}`;
  expect(text).toContain('class="line c0" d="M48.0 190.0h0M456.0 20.2h0"');
  expect(text).toContain('&lt;a&gt; from 0 to 100');
  expect(text).not.toContain('<a>');
});

it.each([
  ['nothing', []],
  ['one point', [[3, 5]]],
  [
    'zeros',
    [
      [0, 0],
      [1, 0],
    ],
  ],
  ['no number', [[0, Number.NaN]]],
] as const)('draws %s', (_, points) => {
  const text = `${chart([{ name: 'a', points }], { ...options, limit: 4 })}`;
  const drawn = [...text.matchAll(/ (?:d|x|y|cx|cy)="([^"]*)"/g)].map(([, value]) => value as string);
  expect(drawn.filter((value) => /NaN|Infinity|undefined/.test(value))).toEqual([]);
});

it('shows a limit unless it is far above', () => {
  const lines = [
    {
      name: 'a',
      points: [
        [0, 10],
        [1, 20],
      ],
    },
  ] as const;
  expect(`${chart(lines, { ...options, limit: 30 })}`).toContain('objective');
  expect(`${chart(lines, { ...options, limit: 300 })}`).not.toContain('objective');
});

it('cuts a bar in proportion, and draws a bar for each count', () => {
  const parts = [
    { name: 'queue', value: 25 },
    { name: 'run', value: 75 },
  ];
  const widths = [...`${stackedBar('S', parts, 'ms')}`.matchAll(/ width="([\d.]+)"/g)].map(
    ([, width]) => width,
  );
  expect(widths).toEqual(['240.0', '720.0']);
  const text = `${countBars('C', [
    { name: '200', value: 1234 },
    { name: '429 OVERLOADED', value: 1 },
  ])}`;
  expect(text).toContain('>1,234<');
  expect(text).toContain('429 OVERLOADED');
  expect(`${stackedBar('S', [], 'ms')}${countBars('C', [])}`).not.toContain('NaN');
});
