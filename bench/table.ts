/** Rows as text in columns, two spaces apart: the first column to the left, the others, which are numbers, to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const aligned = rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] as number;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    }),
  );
  return aligned.map((row) => `${row.join('  ').trimEnd()}\n`).join('');
}

/** `0.953` to `95.3 %`. */
export function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

/** Milliseconds, with as many decimals as can be told apart: `812`, `43.1`, `0.52`. */
export function milliseconds(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
