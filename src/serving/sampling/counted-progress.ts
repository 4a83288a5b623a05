import type { ReportProgress } from '../translators/translator.ts';

/** Least that progress grows by before it is told again: who listens keeps what is told. */
const leastGrowth = 0.005;

/**
 * Counts the parts of a job that are done, and tells how far it is, and how long the rest takes at the pace so far, now and
 * then and at its end.
 * @returns to be called for each part; the fraction that is done
 */
export function countedProgress(parts: number, report: ReportProgress): () => number {
  const start = performance.now();
  let [done, told] = [0, 0];
  return () => {
    done++;
    const fraction = done / parts;
    if (done === parts || fraction - told >= leastGrowth) {
      told = fraction;
      report(fraction, ((performance.now() - start) * (parts - done)) / done);
    }
    return fraction;
  };
}
