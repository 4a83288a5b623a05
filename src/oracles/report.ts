import type { Comparison } from './compare.ts';
import type { CaseResult, Judged } from './run-case.ts';

/** How the run ends: 0 all ok, 1 a case failed, 2 there was nothing to judge or a folder is not a case. */
export function exitCodeOf(results: readonly CaseResult[]): 0 | 1 | 2 {
  const has = (status: CaseResult['status']) => results.some((result) => result.status === status);
  if (has('failed')) return 1;
  return has('malformed') || !has('ok') ? 2 : 0;
}

/** The line of a case that was judged, with what explains it indented below; undefined for an unknown class. */
export function caseLines(result: CaseResult, nameWidth: number): string[] {
  const label = result.name.padEnd(nameWidth);
  switch (result.status) {
    case 'unknown':
      return [];
    case 'malformed':
      return [`malformed  ${label}  ${result.reason}`];
    default:
      if ('reason' in result) return [`FAILED     ${label}  ${result.reason}`];
      return judgedLines(result.status, label, result.judged);
  }
}

/** What stands below the lines: unknown classes, and the count. */
export function summaryLines(results: readonly CaseResult[]): string[] {
  const count = (status: CaseResult['status']) => results.filter((result) => result.status === status).length;
  const unknown = results.filter((result) => result.status === 'unknown');
  const listed = unknown.map(({ name, className }) => `  ${name}: ${className}`);
  const judged = count('ok') + count('failed');
  const counts = [`${count('ok')} ok`, `${count('failed')} failed`];
  if (count('malformed') > 0) counts.push(`${count('malformed')} malformed`);
  if (unknown.length > 0) counts.push(`${unknown.length} of classes not known yet`);
  return [
    ...(unknown.length > 0 ? ['', 'Not known yet, not judged:', ...listed] : []),
    '',
    judged === 0 ? 'No case could be judged.' : `${judged} cases judged: ${counts.join(', ')}`,
  ];
}

function judgedLines(status: 'ok' | 'failed', label: string, judged: Judged): string[] {
  const { comparisons, worst, unread, footnote, recovered } = judged;
  const failures = comparisons.filter(({ ok }) => !ok);
  const share = `worst error ${timesTolerance(worst)}, ${worst.output}`;
  const outputs = `${comparisons.length} outputs`;
  const line =
    status === 'ok'
      ? `ok         ${label}  ${share} (${outputs})`
      : `FAILED     ${label}  ${share} (${failures.length} of ${outputs})`;
  return [
    line,
    ...failures.map((failure) => `             ${failure.output}: ${describe(failure)}`),
    ...(footnote === undefined ? [] : [`             note: ${footnote}${concerned(recovered)}`]),
    ...(unread.length === 0 ? [] : [`             arguments not looked at: ${unread.join(', ')}`]),
  ];
}

function concerned(outputs: readonly string[]): string {
  return outputs.length === 0 ? '' : `; concerns ${outputs.join(', ')}`;
}

function timesTolerance({ ratio, tolerance, error }: Comparison): string {
  if (ratio === Number.POSITIVE_INFINITY) return 'unbounded';
  return `${ratio.toFixed(3)} of its tolerance (${shortNumber(error)} of ${shortNumber(tolerance)})`;
}

function describe({ reason, error, tolerance, ratio }: Comparison): string {
  return (
    reason ??
    `off by ${shortNumber(error)}, tolerance ${shortNumber(tolerance)} (${shortNumber(ratio)} times)`
  );
}

function shortNumber(value: number): string {
  return value === 0 ? '0' : value.toPrecision(3);
}
