import { milliseconds } from '../../bench/table.ts';
import { type Markup, markup } from '../../src/core/markup.ts';
import { wholeText } from '../../src/core/number-text.ts';
import { colours } from './chart.ts';

export interface Part {
  readonly name: string;
  readonly value: number;
}

const [width, height, gap] = [960, 34, 10] as const;

/** One bar cut into parts, with a key: how a whole is made up. */
export function stackedBar(title: string, parts: readonly Part[], unit: string): Markup {
  const total = parts.reduce((sum, { value }) => sum + value, 0) || 1;
  let begin = 0;
  const pieces = parts.map(({ name, value }, index) => {
    const [from, wide] = [begin, (width * value) / total];
    begin += wide;
    return markup`<rect class="fill c${index % colours} ${index >= colours ? 'again' : ''}" x="${from.toFixed(1)}" y="0" width="${wide.toFixed(1)}" height="${height}"><title>${name} ${milliseconds(value)} ${unit}</title></rect>`;
  });
  const keys = parts.map(
    ({ name, value }, index) =>
      markup`<span class="key block c${index % colours} ${index >= colours ? 'again' : ''}"><i></i>${name} ${milliseconds(value)}</span> `,
  );
  return markup`<figure class="chart wide"><figcaption><b>${title}</b> <span>${keys}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${pieces}</svg></figure>`;
}

/** A bar for each, as long as it is many. */
export function countBars(title: string, counts: readonly Part[]): Markup {
  const most = Math.max(1, ...counts.map(({ value }) => value));
  const rows = counts.map(({ name, value }, index) => {
    const y = index * (height + gap);
    const length = Math.max(2, ((width - 340) * value) / most);
    return markup`<text x="230" y="${y + height / 2 + 6}" text-anchor="end">${name}</text>
<rect class="fill c${name === '200' ? 2 : 1}" x="240" y="${y}" width="${length.toFixed(1)}" height="${height}"/>
<text x="${(248 + length).toFixed(1)}" y="${y + height / 2 + 6}">${wholeText(value)}</text>`;
  });
  return markup`<figure class="chart wide large"><figcaption><b>${title}</b></figcaption>
<svg viewBox="0 0 ${width} ${Math.max(1, counts.length) * (height + gap)}" role="img" aria-label="${title}: ${counts.map(({ name, value }) => `${name} ${value}`).join(', ')}">${rows}</svg></figure>`;
}
