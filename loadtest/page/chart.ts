import { type Range, rangeOf, ticksOf } from '../../src/core/axis.ts';
import { type Markup, markup } from '../../src/core/markup.ts';
import { tickText, valueText } from '../../src/core/number-text.ts';

export interface Line {
  readonly name: string;
  /** Ascending in x; a y that is not a number interrupts the line. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  readonly title: string;
  /** What x counts. */
  readonly across: string;
  /** Ticks of x with their labels; without them round numbers. */
  readonly ticks?: readonly (readonly [x: number, label: string])[];
  /** A height that must not be passed. */
  readonly limit?: number | undefined;
}

const plot = { width: 480, height: 230, x: 48, right: 456, y: 10, bottom: 190 } as const;
const fewPoints = 20;
/** Colours that the style has. */
export const colours = 6;

/** Lines over a common x, from zero up. */
export function chart(lines: readonly Line[], options: ChartOptions): Markup {
  const { title, across, limit } = options;
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  const horizontal = { low: Math.min(0, ...xs), high: Math.max(...xs, 1e-9) };
  // A limit far above the lines would flatten them.
  const highest = Math.max(0, ...ys);
  const shownLimit = limit !== undefined && limit <= 2 * highest ? limit : undefined;
  const vertical = rangeOf(
    [],
    [0, highest === 0 ? 1 : highest, ...(shownLimit === undefined ? [] : [shownLimit])],
  );
  const place = placement(horizontal, vertical);
  return markup`<figure class="chart"><figcaption><b>${title}</b> <span>${lines.map(({ name }, index) => key(name, index))}</span></figcaption>
<svg viewBox="0 0 ${plot.width} ${plot.height}" role="img" aria-label="${title}: ${lines.map(described).join('; ')}">
${grid(horizontal, vertical, place, options)}
${shownLimit === undefined ? undefined : markedLimit(shownLimit, place)}
${lines.map(({ points }, index) => markup`<path class="line c${index % colours}" d="${pathOf(points, place)}"/>${dots(points, index, place)}`)}
<text x="${plot.right}" y="${plot.height - 6}" text-anchor="end">${across}</text></svg></figure>`;
}

interface Placement {
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
}

function placement(across: Range, up: Range): Placement {
  const { x, y, right, bottom } = plot;
  return {
    x: (value) => (x + ((right - x) * (value - across.low)) / (across.high - across.low)).toFixed(1),
    y: (value) => (y + (bottom - y) * (1 - (value - up.low) / (up.high - up.low))).toFixed(1),
  };
}

function pathOf(points: Line['points'], place: Placement): string {
  let drawing = false;
  return points
    .map(([x, y]) => {
      const command = drawing ? 'L' : 'M';
      drawing = Number.isFinite(y);
      if (!drawing) return '';
      // A point between two gaps is a dot.
      return `${command}${place.x(x)} ${place.y(y)}${command === 'M' ? 'h0' : ''}`;
    })
    .join('');
}

/** Few points are shown as such: what is between them was not measured. */
function dots(points: Line['points'], index: number, place: Placement): Markup[] {
  const shown = points.length > fewPoints ? [] : points.filter(([, y]) => Number.isFinite(y));
  return shown.map(
    ([x, y]) =>
      markup`<circle class="fill c${index % colours}" cx="${place.x(x)}" cy="${place.y(y)}" r="2.5"/>`,
  );
}

function grid(across: Range, up: Range, place: Placement, { ticks }: ChartOptions): Markup {
  const rows = ticksOf(up, 5);
  const round = ticksOf(across, 6);
  const columns = ticks ?? round.ticks.map((tick): [number, string] => [tick, tickText(tick, round.spacing)]);
  return markup`${rows.ticks.map(
    (tick) => markup`<path class="grid" d="M${plot.x} ${place.y(tick)}H${plot.right}"/>
<text x="${plot.x - 6}" y="${place.y(tick)}" dy="3.5" text-anchor="end">${tickText(tick, rows.spacing)}</text>`,
  )}${columns.map(
    ([tick, label]) =>
      markup`<text x="${place.x(tick)}" y="${plot.bottom + 15}" text-anchor="middle">${label}</text>`,
  )}<path class="axis" d="M${plot.x} ${plot.bottom}H${plot.right}"/>`;
}

function markedLimit(limit: number, place: Placement): Markup {
  return markup`<path class="limit" d="M${plot.x} ${place.y(limit)}H${plot.right}"/>
<text x="${plot.right}" y="${place.y(limit)}" dy="-4" text-anchor="end">objective</text>`;
}

function key(name: string, index: number): Markup {
  return markup`<span class="key c${index % colours}"><i></i>${name}</span> `;
}

function described({ name, points }: Line): string {
  const values = points.map(([, y]) => y).filter(Number.isFinite);
  if (values.length === 0) return `${name} has no values`;
  return `${name} from ${valueText(Math.min(...values))} to ${valueText(Math.max(...values))}`;
}
