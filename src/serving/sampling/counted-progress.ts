import type { ReportProgress } from '../translators/translator.ts';

/**
 * Counts the parts of a job that are done, and tells how far it is, and how long the rest takes at the pace so far: at most
 * once for each percent, since who listens keeps what is told, and always at its end.
 * @returns to be called for each part; the fraction that is done
 */
export function countedProgress(parts: number, report: ReportProgress): () => number {
  const start = performance.now();
  let [done, told] = [0, 0];
  return () => {
    done++;
    const percent = Math.floor((100 * done) / parts);
    if (percent > told) report(done / parts, ((performance.now() - start) * (parts - done)) / done);
    told = percent;
    return done / parts;
  };
}
