import { type Markup, markup } from '../../../core/markup.ts';
import { wholeText } from '../../../core/number-text.ts';
import { elementCount } from '../../../core/tensor.ts';
import type { Method } from '../../methods/method.ts';

/** Parameters of every network, and of all together. */
export function networksSection({ networks }: Pick<Method, 'networks'>): Markup {
  const counts = Object.entries(networks).map(([name, { state }]) => ({
    name,
    count: state.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const rows = [...counts, { name: 'all', count: total }];
  return markup`<section><h2>Networks</h2><div class="wide"><table class="numbers">
<thead><tr><th scope="col">Network</th><th scope="col">Parameters</th></tr></thead>
<tbody>${rows.map(({ name, count }) => markup`<tr><th scope="row">${name}</th><td>${wholeText(count)}</td></tr>`)}</tbody></table></div></section>`;
}
