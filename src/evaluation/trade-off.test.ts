import { describe, expect, it } from 'vitest';
import type { Figure } from './figure.ts';
import type { MetricName } from './metrics.ts';
import { type SweepPoint, tradeOffPanels } from './trade-off.ts';
import { tradeOffChart } from './trade-off-chart.ts';

const figure = (metric: MetricName, value: number, better: Figure['better'] = 'lower'): Figure => ({
  metric,
  against: metric === 'fid' || metric === 'kid' ? 'target set' : 'source',
  better,
  translated: { value, pictures: 4 },
});

function point(strength: number, realism: number, figures: readonly Figure[]): SweepPoint {
  const others = { steps: 5, solver: 'ddim', faithfulness: 2, repeats: 1 } as const;
  return { settings: { strength, realism, ...others }, figures };
}

const of = (l2: number, fid: number) => [
  figure('fid', fid),
  figure('l2', l2),
  figure('ssim', 1 / l2, 'higher'),
];
const points = [
  point(0.7, 0, of(30, 50)),
  point(0.3, 0, of(10, 90)),
  point(0.5, 0, of(20, 70)),
  point(0.3, 500, of(12, 80)),
  point(0.5, 500, of(24, 60)),
];

describe('the trade-off of a sweep', () => {
  it('has a line along the setting with the most values for each value of the other', () => {
    const panels = tradeOffPanels(points);
    expect(panels.map(({ across, up }) => [across, up])).toEqual([
      ['L2 to the source, lower is better', 'FID, lower is better'],
      ['SSIM to the source, higher is better', 'FID, lower is better'],
    ]);
    expect(panels[0]?.curves).toEqual([
      {
        name: 'realism 0, by strength',
        points: [
          { label: '0.3', x: 10, y: 90 },
          { label: '0.5', x: 20, y: 70 },
          { label: '0.7', x: 30, y: 50 },
        ],
      },
      {
        name: 'realism 500, by strength',
        points: [
          { label: '0.3', x: 12, y: 80 },
          { label: '0.5', x: 24, y: 60 },
        ],
      },
    ]);
  });

  it('takes KID where there is no FID, and has no panels with neither', () => {
    const kid = point(0.5, 0, [figure('kid', 0.1), figure('psnr', 20)]);
    expect(tradeOffPanels([kid]).map(({ up }) => up)).toEqual(['KID, lower is better']);
    expect(tradeOffPanels([point(0.5, 0, [figure('psnr', 20)])])).toEqual([]);
    expect(tradeOffPanels([])).toEqual([]);
  });

  it('is drawn with every point in its panel', () => {
    const svg = tradeOffChart('cat & dog', tradeOffPanels(points));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*aria-label="cat &amp; dog">/);
    const circles = [...svg.matchAll(/<circle fill="(#\w+)" cx="([\d.]+)" cy="([\d.]+)"/g)];
    expect(circles).toHaveLength(10);
    const placed = circles.slice(0, 5).map(([, colour, x, y]) => ({ colour, x: Number(x), y: Number(y) }));
    for (const { x, y } of placed) {
      expect(x).toBeGreaterThan(58);
      expect(x).toBeLessThan(366);
      expect(y).toBeGreaterThan(34);
      expect(y).toBeLessThan(248);
    }
    const [first, second, third, other] = placed as [
      (typeof placed)[0],
      (typeof placed)[0],
      (typeof placed)[0],
      (typeof placed)[0],
    ];
    expect([first.x < second.x, second.x < third.x, first.y < second.y, second.y < third.y]).toEqual(
      new Array(4).fill(true),
    );
    expect(other.colour).not.toBe(first.colour);
    expect(svg).toContain('realism 500, by strength</text>');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('leaves out what could not be measured', () => {
    const svg = tradeOffChart('x', tradeOffPanels([...points, point(0.9, 0, [figure('l2', 40)])]));
    expect([...svg.matchAll(/<circle/g)]).toHaveLength(10);
    expect(svg).not.toContain('NaN');
  });
});
