/** Rows as text in columns, two spaces apart; the first row is the head. The last column is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] as number)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
