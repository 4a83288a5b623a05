import { median } from './latency-fit.ts';

export interface Layout {
  readonly lanes: number;
  readonly threadsPerLane: number;
}

/** How fast models ran in a layout: items a second of each round, by model. */
export interface LayoutRates extends Layout {
  readonly rates: Readonly<Record<string, readonly number[]>>;
}

/** A layout of more processes, each with weights of its own, must be faster by this part to be chosen. */
const layoutMargin = 0.03;

/**
 * Few layouts that share a processor out: 1, 2, 4 and so on lanes, each with its share of the threads. On a GPU a lane
 * needs one thread, and two lanes can overlap copying with computing.
 * @param budget threads that the lanes may take together
 */
export function candidateLayouts(budget: number, onGpu: boolean): Layout[] {
  if (onGpu) return [1, 2].map((lanes) => ({ lanes, threadsPerLane: 1 }));
  const layouts: Layout[] = [];
  for (let lanes = 1; lanes <= budget; lanes *= 2)
    layouts.push({ lanes, threadsPerLane: Math.floor(budget / lanes) });
  return layouts;
}

/**
 * The layout that suits the models best: the geometric mean, over the models, of the median rates. Where several are as
 * fast, the one with the fewest lanes.
 * @param measured at least one, with rates of the same models
 */
export function chooseLayout(measured: readonly LayoutRates[]): Layout {
  const ordered = [...measured].sort((a, b) => a.lanes - b.lanes);
  const [first, ...more] = ordered as [LayoutRates, ...LayoutRates[]];
  let best = first;
  for (const layout of more) if (score(layout) > score(best) * (1 + layoutMargin)) best = layout;
  return { lanes: best.lanes, threadsPerLane: best.threadsPerLane };
}

function score({ rates }: LayoutRates): number {
  const logarithms = Object.values(rates).map((rounds) => Math.log(median(rounds)));
  return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length);
}
