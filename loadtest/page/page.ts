import { Markup, markup } from '../../src/core/markup.ts';
import { style } from './style.ts';

/** A page that is one file and needs no network, which its policy forbids. */
export function page(title: string, body: Markup): string {
  return `${markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${new Markup(style)}</style></head>
<body>${body}</body></html>
`}`;
}

/** Rows as a table, the first its head, the first column names. */
export function tableOf(rows: readonly (readonly string[])[]): Markup {
  const [head = [], ...others] = rows;
  return markup`<div class="scroll"><table><thead><tr>${head.map((cell) => markup`<th>${cell}</th>`)}</tr></thead>
<tbody>${others.map(
    ([name = '', ...cells]) =>
      markup`<tr><th>${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** Seconds as the x of a chart: in minutes where there are many. */
export function timeScale(longestSeconds: number): {
  readonly across: string;
  readonly of: (seconds: number) => number;
} {
  return longestSeconds > 300
    ? { across: 'minutes', of: (seconds) => seconds / 60 }
    : { across: 'seconds', of: (seconds) => seconds };
}
