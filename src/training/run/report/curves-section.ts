import { type Markup, markup } from '../../../core/markup.ts';
import { valueText, wholeText } from '../../../core/number-text.ts';
import type { TrainingMetrics } from '../metrics-log.ts';
import { chart } from './chart.ts';
import { type Curve, smoothingReach } from './curve.ts';

/** A chart for every loss, then the learning rates and the speed. */
export function curvesSection(metrics: readonly TrainingMetrics[], resumed: readonly number[]): Markup {
  if (metrics.length === 0)
    return markup`<section><h2>Losses</h2><p>Nothing has been logged yet.</p></section>`;
  const losses = curvesOf(metrics, ({ losses }) => losses);
  // A log may begin with lines of a version that had other optimizers.
  const current = (name: string) => Object.hasOwn(metrics.at(-1)?.learningRates ?? {}, name);
  const rates = joined(
    curvesOf(metrics, ({ learningRates }) => learningRates).filter(({ name }) => current(name)),
  );
  const speed = curvesOf(metrics, ({ imagesPerSecond }) => ({ 'pictures a second': imagesPerSecond }));
  const window = 2 * smoothingReach(metrics.length) + 1;
  return markup`<section><h2>Losses</h2>
<p class="note">${smoothingText(window)} The axis leaves out the highest and lowest 2 % of the values.${resumed.length > 0 ? ' Dashed: resumed.' : undefined} The losses of a GAN say whether training is in balance, not how good the pictures are.</p>
<div class="charts">${losses.map((curve) => chart([curve], { title: curve.name, smooth: true, resumed }))}</div>
${lossTable(losses, window)}</section>
<section><h2>Learning rate and speed</h2>
<div class="charts">${chart(rates, { title: 'Learning rate', smooth: false, fromZero: true, resumed })}${chart(
    speed,
    { title: 'Pictures a second', smooth: true, fromZero: true, resumed },
  )}</div></section>`;
}

function smoothingText(window: number): string {
  return window === 1
    ? 'The logged values.'
    : `Line: mean of ${window} logged values. Faint: the values themselves. Number: the last of the line.`;
}

/** One curve a name, in the order in which names first appear; where a name is missing in a line, so is the point. */
function curvesOf(
  metrics: readonly TrainingMetrics[],
  pick: (line: TrainingMetrics) => Readonly<Record<string, number>>,
): Curve[] {
  const points = new Map<string, { step: number; value: number }[]>();
  for (const line of metrics) {
    for (const [name, value] of Object.entries(pick(line))) {
      const found = points.get(name) ?? [];
      points.set(name, found);
      found.push({ step: line.step, value });
    }
  }
  return [...points].map(([name, found]) => ({ name, points: found }));
}

/** Curves that are the same become one with both names: mostly all optimizers have one learning rate. */
function joined(curves: readonly Curve[]): Curve[] {
  const byPoints = new Map<string, Curve>();
  for (const { name, points } of curves) {
    const key = points.map(({ step, value }) => `${step}:${value}`).join();
    const same = byPoints.get(key);
    byPoints.set(key, { name: same === undefined ? name : `${same.name}, ${name}`, points });
  }
  return [...byPoints.values()];
}

function lossTable(losses: readonly Curve[], window: number): Markup {
  const rows = losses.map(({ name, points }) => {
    const values = points.map(({ value }) => value).filter(Number.isFinite);
    const last = values.slice(-window);
    const mean = last.reduce((sum, value) => sum + value, 0) / last.length;
    const lowest = points.find(
      ({ value }) => value === values.reduce((low, one) => Math.min(low, one), Infinity),
    );
    return markup`<tr><th scope="row">${name}</th><td>${valueText(points.at(-1)?.value ?? Number.NaN)}</td><td>${valueText(mean)}</td><td>${lowest && `${valueText(lowest.value)} at step ${wholeText(lowest.step)}`}</td></tr>`;
  });
  return markup`<details><summary>The same as a table</summary><div class="wide"><table class="numbers">
<thead><tr><th scope="col">Loss</th><th scope="col">Last</th><th scope="col">Mean of the last ${window}</th><th scope="col">Lowest</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}
