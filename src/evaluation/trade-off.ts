import { valueText } from '../core/number-text.ts';
import type { Figure } from './figure.ts';
import type { GuidedSettings } from './guided-model.ts';
import type { MetricName } from './metrics.ts';
import { figureLabel } from './report.ts';

/** What is tried in a sweep: the initial time and the weights of both energies. */
export const sweptSettings = ['strength', 'realism', 'faithfulness'] as const;
export type SweptSetting = (typeof sweptSettings)[number];

/** Settings, and the figures of pictures that were made with them. */
export interface SweepPoint {
  readonly settings: GuidedSettings;
  readonly figures: readonly Figure[];
}

/** Settings of which one changes along a line, the others not. */
interface TradeOffCurve {
  readonly name: string;
  readonly points: readonly { readonly label: string; readonly x: number; readonly y: number }[];
}

/** How realistic results are, over how faithful: one measure of each. */
export interface TradeOffPanel {
  readonly across: string;
  readonly up: string;
  readonly curves: readonly TradeOffCurve[];
}

/** Measures of faithfulness, as EGSDE's paper has them. */
const ofFaithfulness: readonly MetricName[] = ['l2', 'psnr', 'ssim'];
/** Measures of realism: the first that there is. */
const ofRealism: readonly MetricName[] = ['fid', 'kid'];

/**
 * The trade-off of a sweep (Zhao et al. 2022, section 5): a panel for each measure of faithfulness, against the first
 * measure of realism. Lines go along the setting with the most values.
 * @returns none without a measure of realism
 */
export function tradeOffPanels(points: readonly SweepPoint[]): TradeOffPanel[] {
  const figures = points[0]?.figures ?? [];
  const up = ofRealism.flatMap((metric) => figures.find((figure) => figure.metric === metric) ?? [])[0];
  if (up === undefined) return [];
  return ofFaithfulness.flatMap((metric) => {
    const across = figures.find((figure) => figure.metric === metric && figure.against === 'source');
    if (across === undefined) return [];
    const value = (point: SweepPoint, of: Figure) =>
      point.figures.find((figure) => figureLabel(figure) === figureLabel(of))?.translated.value ?? Number.NaN;
    const curves = curvesOf(points, (point) => ({ x: value(point, across), y: value(point, up) }));
    return [{ across: measureText(across), up: measureText(up), curves }];
  });
}

function measureText(figure: Figure): string {
  return `${figureLabel(figure)}, ${figure.better} is better`;
}

function curvesOf(
  points: readonly SweepPoint[],
  place: (point: SweepPoint) => { readonly x: number; readonly y: number },
): TradeOffCurve[] {
  const values = (setting: SweptSetting) => new Set(points.map(({ settings }) => settings[setting]));
  const most = Math.max(...sweptSettings.map((setting) => values(setting).size));
  const along = sweptSettings.find((setting) => values(setting).size === most) as SweptSetting;
  const others = sweptSettings.filter((setting) => setting !== along && values(setting).size > 1);
  const name = ({ settings }: SweepPoint) =>
    others.map((setting) => `${setting} ${valueText(settings[setting])}`).join(', ');
  return [...new Set(points.map(name))].map((curve) => ({
    name: curve === '' ? `by ${along}` : `${curve}, by ${along}`,
    points: points
      .filter((point) => name(point) === curve)
      .toSorted((one, other) => one.settings[along] - other.settings[along])
      .map((point) => ({ label: valueText(point.settings[along]), ...place(point) })),
  }));
}
