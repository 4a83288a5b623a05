import { milliseconds, percent } from '../../bench/table.ts';
import { type Markup, markup } from '../../src/core/markup.ts';
import { countBars, stackedBar } from '../page/bars.ts';
import { chart, type Line } from '../page/chart.ts';
import { page, tableOf, timeScale } from '../page/page.ts';
import type { LoadReport } from './load-test.ts';
import { headline, outcomeName, outcomeRows, rampRows, remarks, stageRows } from './load-text.ts';
import type { RampResult } from './ramp.ts';
import type { LoadFigures } from './recorder.ts';

/** The report as a page: one file, with charts. */
export function loadPage(report: LoadReport): string {
  const { figures, objective, ramp, holds } = report;
  const limit = objective.p99Milliseconds;
  const staged = figures.stages.length > 0 || undefined;
  return page(
    `Load test: ${headline(report)}`,
    markup`<h1>Load test: ${headline(report)}</h1>
<p class="${holds ? 'quiet' : 'broken'}">${remarks(report)[0]}</p>${summary(report)}
<main>${ramp && rampSection(ramp, limit)}
<div class="charts">${percentileChart(figures, limit)}${timeCharts(figures, limit)}
${staged && stackedBar('Where the time of an answered request goes, mean in ms', stageParts(figures), 'ms')}
${countBars('What came back', outcomeParts(figures))}</div>
<h2>Answers, ms</h2>${tableOf(outcomeRows(figures))}
${staged && markup`<h2>Stages of answered requests, ms</h2>${tableOf(stageRows(figures))}`}
<h2>Notes</h2><ul>${remarks(report).map((remark) => markup`<li>${remark}</li>`)}</ul></main>`,
  );
}

function summary({ figures, ramp }: LoadReport): Markup {
  const { latency, answered, offered, answeredPerSecond, failures } = figures;
  const facts: [string, string][] = [
    ...(ramp === undefined
      ? []
      : [['highest rate that holds', rateText(ramp.highestRate)] as [string, string]]),
    ['answered', `${answered} of ${offered}`],
    ['a second', answeredPerSecond.toFixed(2)],
    ['p50', `${milliseconds(latency.p50)} ms`],
    ['p99', `${milliseconds(latency.p99)} ms`],
    ['failures', percent(failures)],
  ];
  return markup`<dl>${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function rateText(rate: number | undefined): string {
  return rate === undefined ? 'none' : `${rate.toFixed(2)} a second`;
}

function rampSection(ramp: RampResult, limit: number): Markup {
  const steps = [...ramp.steps].sort((one, other) => one.rate - other.rate);
  const line = (name: string, of: (figures: LoadFigures) => number): Line => ({
    name,
    points: steps.map(({ rate, figures }) => [rate, of(figures)]),
  });
  const across = 'requests a second';
  return markup`<div class="charts">
${chart([line('p50', ({ latency }) => latency.p50), line('p99', ({ latency }) => latency.p99)], { title: 'Latency over the rate, ms', across, limit })}
${chart([line('offered', ({ offered, seconds }) => offered / (seconds || 1)), line('answered', (figures) => figures.answeredPerSecond)], { title: 'Answered over the rate, a second', across })}</div>
${tableOf(rampRows(ramp))}<h2>At ${rateText(ramp.highestRate ?? steps[0]?.rate)}</h2>`;
}

/** Over -log10(1 - share), so that each nine is as wide as the one before. */
function percentileChart({ latency, latencyQuantiles }: LoadFigures, limit: number): Markup {
  const nines = (share: number) => -Math.log10(1 - share);
  const body = latencyQuantiles
    .slice(0, -1)
    .map((value, index): [number, number] => [nines(index / (latencyQuantiles.length - 1)), value]);
  const ticks = [0, 0.5, 0.9, 0.99, 0.999].map((share): [number, string] => [
    nines(share),
    `${100 * share} %`,
  ]);
  return chart([{ name: 'answered requests', points: [...body, [nines(0.999), latency.p999]] }], {
    title: 'Share of requests within a latency, ms',
    across: 'share',
    ticks,
    limit,
  });
}

function timeCharts({ series }: LoadFigures, limit: number): Markup {
  const { across, of } = timeScale(series.at(-1)?.second ?? 0);
  const line = (name: string, value: (point: LoadFigures['series'][number]) => number): Line => ({
    name,
    points: series.map((point) => [of(point.second), value(point)]),
  });
  const orGap = (answered: number, value: number) => (answered === 0 ? Number.NaN : value);
  return markup`${chart(
    [
      line('p50', ({ answered, p50 }) => orGap(answered, p50)),
      line('p99', ({ answered, p99 }) => orGap(answered, p99)),
    ],
    { title: 'Latency by when the request was due, ms', across, limit },
  )}${chart([line('offered', ({ offered }) => offered), line('answered', ({ answered }) => answered)], {
    title: 'Requests a second',
    across,
  })}`;
}

function stageParts({ stages }: LoadFigures) {
  return stages.map(({ stage, mean }) => ({ name: stage, value: mean }));
}

function outcomeParts({ outcomes, notSent }: LoadFigures) {
  const counts = outcomes.map((outcome) => ({ name: outcomeName(outcome), value: outcome.count }));
  return notSent === 0 ? counts : [...counts, { name: 'not sent', value: notSent }];
}
