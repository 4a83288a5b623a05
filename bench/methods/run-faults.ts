import type { RunRecord } from './run-record.ts';

/** Least change of a preview grid (see `PreviewChange`); 20 steps at 32x32 with 8 filters reach 2.5 to 17, by method. */
export const leastPreviewChange = 2;
/** Least part of its first value that some loss must have lost. */
const leastFall = 0.05;

/** First and last value of a loss, each the mean of a tenth of the logged steps. */
export interface LossCourse {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/** How each loss of a run went; not every kind of step has all losses. */
export function lossCourses({ lines }: RunRecord): LossCourse[] {
  const names = new Set(lines.flatMap(({ losses }) => Object.keys(losses)));
  return [...names].map((name) => {
    const values = lines.flatMap(({ losses }) => (name in losses ? [Number(losses[name])] : []));
    const tenth = Math.max(1, Math.floor(values.length / 10));
    return { name, first: mean(values.slice(0, tenth)), last: mean(values.slice(-tenth)) };
  });
}

/** What is wrong with a finished run; empty when nothing is. */
export function runFaults(record: RunRecord, steps: number): string[] {
  return [
    ...stepFaults(record, steps),
    ...lossFaults(record),
    ...record.previews.flatMap(({ from, change }) =>
      change >= leastPreviewChange
        ? []
        : [`the preview from ${from} changed by ${change.toFixed(2)}, less than ${leastPreviewChange}`],
    ),
    ...(record.previews.length === 0 ? ['there is no preview'] : []),
  ];
}

function stepFaults({ lines }: RunRecord, steps: number): string[] {
  const last = lines.at(-1)?.step ?? 0;
  const twice = lines.length - new Set(lines.map(({ step }) => step)).size;
  return [
    ...(last === steps ? [] : [`the metrics end at step ${last}, not ${steps}`]),
    ...(twice === 0 ? [] : [`${twice} steps are in the metrics twice`]),
  ];
}

function lossFaults(record: RunRecord): string[] {
  const notFinite = record.lines.flatMap(({ step, losses }) =>
    Object.entries(losses)
      .filter(([, value]) => !Number.isFinite(value))
      .map(([name, value]) => `loss ${name} is ${value} at step ${step}`),
  );
  if (notFinite.length > 0) return notFinite.slice(0, 3);
  const courses = lossCourses(record);
  if (courses.some(({ first, last }) => first - last > leastFall * Math.abs(first))) return [];
  const described = courses.map(
    ({ name, first, last }) => `${name} ${first.toFixed(3)} to ${last.toFixed(3)}`,
  );
  return [`no loss fell by ${100 * leastFall} %: ${described.join(', ')}`];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
