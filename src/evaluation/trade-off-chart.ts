import { type Range, rangeOf, ticksOf } from '../core/axis.ts';
import { type Markup, markup } from '../core/markup.ts';
import { tickText } from '../core/number-text.ts';
import type { TradeOffPanel } from './trade-off.ts';

/** Where in a panel the lines are. */
const plot = { width: 380, height: 300, left: 58, right: 366, top: 34, bottom: 248 } as const;
const legendLine = 18;
const colours = [
  '#1f5fbf',
  '#b3541e',
  '#2f7d4f',
  '#8a3fa0',
  '#8a6d00',
  '#b3261e',
  '#00747a',
  '#5b5b5b',
] as const;

const style = `
svg { background: #fff; font: 11px system-ui, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif; fill: #1c1b19; }
.title { font-size: 14px; font-weight: 600; } .quiet { fill: #66625b; } .line { fill: none; stroke-width: 1.75; }
.grid { stroke: #e4e0d9; } .axis { stroke: #66625b; fill: none; }
.label { paint-order: stroke; stroke: #fff; stroke-width: 3px; stroke-linejoin: round; }`;

/** A document of its own: the panels beside each other, and below them which line is which. */
export function tradeOffChart(title: string, panels: readonly TradeOffPanel[]): string {
  const names = panels[0]?.curves.map(({ name }) => name) ?? [];
  const [width, above] = [plot.width * panels.length, 28];
  const height = above + plot.height + legendLine * names.length + 8;
  const drawn = panels.map(
    (panel, index) => markup`<g transform="translate(${index * plot.width} ${above})">${panelOf(panel)}</g>`,
  );
  const legend = names.map((name, index) => {
    const y = above + plot.height + legendLine * index + 12;
    return markup`<path class="line" stroke="${colourOf(index)}" d="M${plot.left} ${y - 4}h24"/><text x="${plot.left + 32}" y="${y}">${name}</text>`;
  });
  return `${
    markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
<style>${style}</style>
<text class="title" x="${plot.left}" y="20">${title}</text>
${drawn}${legend}</svg>`.text
  }\n`;
}

function colourOf(index: number): string {
  return colours[index % colours.length] as string;
}

function panelOf({ across, up, curves }: TradeOffPanel): Markup {
  const all = curves.flatMap(({ points }) => points);
  const x = axis(
    all.map((point) => point.x),
    plot.left,
    plot.right,
  );
  const y = axis(
    all.map((point) => point.y),
    plot.bottom,
    plot.top,
  );
  const lines = curves.map(({ points }, index) => {
    const places = points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
    const path = places
      .map((point, at) => `${at === 0 ? 'M' : 'L'}${x.at(point.x)} ${y.at(point.y)}`)
      .join('');
    const marks = places.map(
      (point) =>
        markup`<circle fill="${colourOf(index)}" cx="${x.at(point.x)}" cy="${y.at(point.y)}" r="3"/><text class="label" x="${x.at(point.x)}" y="${y.at(point.y)}" dx="5" dy="-5">${point.label}</text>`,
    );
    return markup`<path class="line" stroke="${colourOf(index)}" d="${path}"/>${marks}`;
  });
  return markup`<text class="quiet" x="${plot.left}" y="${plot.top - 14}">${up}</text>
${x.ticks.map(({ place, text }) => markup`<path class="grid" d="M${place} ${plot.top}V${plot.bottom}"/><text class="quiet" x="${place}" y="${plot.bottom + 16}" text-anchor="middle">${text}</text>`)}
${y.ticks.map(({ place, text }) => markup`<path class="grid" d="M${plot.left} ${place}H${plot.right}"/><text class="quiet" x="${plot.left - 6}" y="${place}" dy="4" text-anchor="end">${text}</text>`)}
<path class="axis" d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}"/>
${lines}
<text class="quiet" x="${plot.right}" y="${plot.bottom + 34}" text-anchor="end">${across}</text>`;
}

/** Maps values to places between two ends, in tenths of a unit. */
function axis(values: readonly number[], start: number, end: number) {
  const range: Range = rangeOf([], values);
  const at = (value: number) =>
    (start + ((end - start) * (value - range.low)) / (range.high - range.low)).toFixed(1);
  const { ticks, spacing } = ticksOf(range, 4);
  return { at, ticks: ticks.map((tick) => ({ place: at(tick), text: tickText(tick, spacing) })) };
}
