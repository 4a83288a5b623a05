import { expect, it } from 'vitest';
import { chart, pathOf, placement, plot } from './chart.ts';

const options = { title: 'G', smooth: true, resumed: [] };
const place = placement({ low: 0, high: 306 }, { low: 0, high: 158 });
const pointsOf = (...values: number[]) => values.map((value, index) => ({ step: 102 * index, value }));

it('leads through the points: a unit a step to the right, values upwards', () => {
  expect(pathOf(pointsOf(0, 158, 79), place)).toBe('M44.0 166.0L146.0 8.0L248.0 87.0');
  expect([plot.right - plot.x, plot.bottom - plot.y]).toEqual([306, 158]);
});

it('is interrupted by what is not finite, and a lone point is a dot', () => {
  expect(pathOf(pointsOf(0, Number.NaN, 158, 0), place)).toBe('M44.0 166.0h0M248.0 8.0L350.0 166.0');
  expect(pathOf([], place)).toBe('');
});

it.each([
  ['a constant', pointsOf(2, 2, 2)],
  ['zeros', pointsOf(0, 0)],
  ['one point', [{ step: 20, value: 0.5 }]],
  ['one point that is not a number', [{ step: 20, value: Number.NaN }]],
  ['a number that diverges', pointsOf(1, 1e30, Number.POSITIVE_INFINITY, Number.NaN)],
  ['nothing', []],
])('draws %s', (_, points) => {
  for (const smooth of [true, false]) {
    const text = `${chart([{ name: 'G', points }], { ...options, smooth })}`;
    const drawn = [...text.matchAll(/ (?:d|x|y|viewBox)="([^"]*)"/g)].map(([, value]) => value);
    expect(drawn.length).toBeGreaterThan(5);
    expect(drawn.filter((value) => /NaN|Infinity|undefined/.test(value as string))).toEqual([]);
  }
});

it('tells what it shows', () => {
  const points = [
    { step: 20, value: 4 },
    { step: 1040, value: 1.5 },
  ];
  expect(`${chart([{ name: 'G', points }], options)}`).toContain(
    'aria-label="G over steps. G: 4 at step 20, 1.5 at step 1,040, lowest 1.5, highest 4"',
  );
});

it('marks where training was resumed and names curves that share a chart', () => {
  const curve = (name: string) => ({ name, points: pointsOf(1, 2) });
  const text = `${chart([curve('generator'), curve('<d>')], { ...options, smooth: false, resumed: [51] })}`;
  expect(text).toContain('<path class="resumed" d="M197.0 8V166"/>');
  expect(text).toMatch(/generator <output>2<\/output>.*&lt;d&gt; <output>2<\/output>/);
});
