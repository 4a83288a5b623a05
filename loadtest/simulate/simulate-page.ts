import { type Markup, markup } from '../../src/core/markup.ts';
import { chart, colours, type Line } from '../page/chart.ts';
import { page, tableOf, timeScale } from '../page/page.ts';
import type { Comparison, TargetResult } from './comparison.ts';
import { comparisonRows, headline, verdict } from './simulate-text.ts';
import type { SimulationPoint } from './simulation.ts';

/** The comparison as a page: one file, with charts over time. */
export function simulatePage(comparison: Comparison): string {
  const shown = shownResults(comparison);
  const left = comparison.results.length - shown.length;
  return page(
    `Autoscaling: ${comparison.trace}`,
    markup`<h1>Autoscaling: ${comparison.trace}</h1><p class="quiet">${headline(comparison)}</p>
<p class="${comparison.best === undefined ? 'broken' : ''}">${verdict(comparison)}</p>
<main>${tableOf(comparisonRows(comparison))}
<p class="quiet">p99 and refused are those of the worst of ${comparison.repeats} repeats, the rest means.</p>
<h2>Over time, first repeat</h2>${left === 0 ? undefined : markup`<p class="quiet">The ${shown.length} with the fewest replica-minutes among those that hold, then the others; ${left} more are in the table.</p>`}
<div class="charts">${charts(shown, comparison)}</div></main>`,
  );
}

/** As many as there are colours: those that hold first, the cheaper before the dearer. */
function shownResults({ results }: Comparison): TargetResult[] {
  const order = [...results].sort(
    (one, other) => Number(other.holds) - Number(one.holds) || one.replicaMinutes - other.replicaMinutes,
  );
  return order.slice(0, colours);
}

function charts(shown: readonly TargetResult[], { settings, objective }: Comparison): Markup[] {
  const { across, of } = timeScale(settings.durationSeconds);
  const over = (value: (point: SimulationPoint) => number): Line[] =>
    shown.map(({ name, result }) => ({
      name,
      points: result.series.map((point) => [of(point.second), value(point)]),
    }));
  const arrivals = { ...(over(({ arrivalsPerSecond }) => arrivalsPerSecond)[0] as Line), name: 'arrivals' };
  return [
    chart([arrivals], { title: 'Requests a second', across }),
    chart(
      over(({ replicas }) => replicas),
      { title: 'Replicas, starting ones included', across },
    ),
    chart(
      over(({ queued }) => queued),
      { title: 'Requests waiting in all replicas', across },
    ),
    chart(
      over(({ p99 }) => p99),
      { title: 'p99 latency, ms', across, limit: objective.p99Milliseconds },
    ),
    chart(
      over(({ refusedPerSecond }) => refusedPerSecond),
      { title: 'Refused a second', across },
    ),
  ];
}
