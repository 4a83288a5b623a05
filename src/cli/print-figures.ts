import type { EvaluationReport } from '../evaluation/index.ts';
import type { StatusLine } from './status-line.ts';
import { formatTable } from './text-table.ts';

/** Prints what was measured as a table, and on stderr what could not be, so that the table can go into a file. */
export function printFigures(
  status: StatusLine,
  { subject, missing }: Pick<EvaluationReport, 'subject' | 'missing'>,
  rows: readonly (readonly string[])[],
): void {
  status.clear();
  status.result(`${subject}\n`);
  status.result(formatTable(rows).trimEnd());
  for (const note of missing) status.message(`not computed: ${note}`);
}
