import { type Range, rangeOf, ticksOf } from '../../../core/axis.ts';
import { type Markup, markup } from '../../../core/markup.ts';
import { tickText, valueText, wholeText } from '../../../core/number-text.ts';
import { type Curve, type Point, runningMean, sampled, smoothingReach, thinned } from './curve.ts';

export interface ChartOptions {
  readonly title: string;
  /** Whether the running mean is drawn over the logged values; otherwise these alone. */
  readonly smooth: boolean;
  /** The axis begins at zero. */
  readonly fromZero?: boolean;
  /** Steps at which training was resumed. */
  readonly resumed: readonly number[];
}

/** Size of a chart, and where in it the curves are; a page shows a unit about as a pixel. */
export const plot = { width: 360, height: 190, x: 44, right: 350, y: 8, bottom: 166 } as const;
/** Colours that the style has for curves. */
const colours = 4;
/** Points that a drawn line has at most. */
const mostPoints = 240;

/** A place in the chart for a step and a value. */
export interface Placement {
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
}

/** Curves over the steps of a run, with the number of the last point, or of the one pointed at. */
export function chart(curves: readonly Curve[], options: ChartOptions): Markup {
  const { title, resumed } = options;
  const lines = curves.map((curve) => lineOf(curve, options));
  const across = { low: 0, high: Math.max(1, highest(curves.flatMap(({ points }) => points.map(toStep)))) };
  const up = verticalRange(curves, lines, options);
  const place = placement(across, up);
  const { x, y, right, bottom } = plot;
  const box = markup`x="${x}" y="${y}" width="${right - x}" height="${bottom - y}"`;
  return markup`<figure class="chart"><figcaption><b>${title}</b>
<span class="readouts">${lines.map(({ name, line }, index) => readout(name, line, index, lines.length > 1))}</span></figcaption>
<svg viewBox="0 0 ${plot.width} ${plot.height}" role="img" aria-label="${description(title, curves)}" data-scale="${x} ${right} ${across.high}">
${grid(across, up, place)}<svg ${box} viewBox="${x} ${y} ${right - x} ${bottom - y}">
${resumed.map((step) => markup`<path class="resumed" d="M${place.x(step).toFixed(1)} ${y}V${bottom}"/>`)}${lines.map((line, index) => drawn(line, index, place))}</svg>
<path class="pointer" d=""/></svg></figure>`;
}

/** A curve as it is drawn: as a line, and the logged values behind it where the line is their mean. */
interface Line {
  readonly name: string;
  readonly line: readonly Point[];
  readonly raw: readonly Point[];
}

function lineOf({ name, points }: Curve, { smooth }: ChartOptions): Line {
  if (!smooth) return { name, line: sampled(points, mostPoints), raw: [] };
  const mean = runningMean(points, smoothingReach(points.length));
  return { name, line: sampled(mean, mostPoints), raw: thinned(points, mostPoints) };
}

function drawn({ line, raw }: Line, index: number, place: Placement): Markup {
  const data = line.map(({ step, value }) => `${step} ${valueText(value)}`).join(',');
  return markup`<path class="raw s${index % colours}" d="${pathOf(raw, place)}"/>
<path class="line s${index % colours}" d="${pathOf(line, place)}" data-points="${data}"/>`;
}

/** All of the lines, and most of the logged values. */
function verticalRange(curves: readonly Curve[], lines: readonly Line[], options: ChartOptions): Range {
  const logged = options.smooth ? curves.flatMap(({ points }) => points.map(toValue)) : [];
  const shown = lines.flatMap(({ line }) => line.map(toValue));
  return rangeOf(logged, options.fromZero ? [...shown, 0] : shown);
}

const toStep = ({ step }: Point) => step;
const toValue = ({ value }: Point) => value;

/** `M` and `L` commands in tenths of a unit; a value that is not finite interrupts the line, a lone one is a dot. */
export function pathOf(points: readonly Point[], { x, y }: Placement): string {
  let drawing = false;
  return points
    .map(({ step, value }, index) => {
      const before = drawing;
      drawing = Number.isFinite(value);
      if (!drawing) return '';
      const alone = !before && !Number.isFinite(points[index + 1]?.value ?? Number.NaN);
      return `${before ? 'L' : 'M'}${x(step).toFixed(1)} ${y(value).toFixed(1)}${alone ? 'h0' : ''}`;
    })
    .join('');
}

export function placement(across: Range, up: Range): Placement {
  const { x, y, right, bottom } = plot;
  return {
    x: (step) => x + ((right - x) * (step - across.low)) / (across.high - across.low),
    y: (value) => y + (bottom - y) * (1 - (value - up.low) / (up.high - up.low)),
  };
}

function grid(across: Range, up: Range, { x, y }: Placement): Markup {
  const [rows, columns] = [ticksOf(up, 4), ticksOf(across, 4)];
  const { x: left, right, bottom } = plot;
  const rowMarks = rows.ticks.map(
    (tick) => markup`<path class="grid" d="M${left} ${y(tick).toFixed(1)}H${right}"/>
<text x="${left - 6}" y="${(y(tick) + 3.5).toFixed(1)}" text-anchor="end">${tickText(tick, rows.spacing)}</text>`,
  );
  const columnMarks = columns.ticks.map(
    (tick) =>
      markup`<text x="${x(tick).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${tickText(tick, columns.spacing)}</text>`,
  );
  return markup`${rowMarks}${columnMarks}<path class="axis" d="M${left} ${bottom}H${right}"/>`;
}

function readout(name: string, line: readonly Point[], index: number, named: boolean): Markup {
  const last = line.at(-1);
  const label = named ? markup`<i class="key s${index % colours}"></i>${name} ` : undefined;
  return markup`<span>${label}<output>${last === undefined ? 'none' : valueText(last.value)}</output></span>`;
}

/** What the chart says, for those who do not see it. */
function description(title: string, curves: readonly Curve[]): string {
  const told = curves.map(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return `${name}: no values`;
    const values = points.map(({ value }) => value).filter(Number.isFinite);
    const extent = `lowest ${valueText(-highest(values.map((value) => -value)))}, highest ${valueText(highest(values))}`;
    return `${name}: ${at(first)}, ${at(last)}, ${extent}`;
  });
  return `${title} over steps. ${told.join('; ')}`;
}

function at({ step, value }: Point): string {
  return `${valueText(value)} at step ${wholeText(step)}`;
}

/** `Math.max` takes no more arguments than fit on the stack. */
function highest(values: readonly number[]): number {
  return values.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
}
