/** For instance `12,500`. */
export function wholeText(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : String(value);
}

/** Four significant digits without zeros at the end: `1.353`, `0.0002`, `1.5e-7`; `NaN` and `Infinity` as they are. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || value === 0) return String(value);
  if (size < 1e-4 || size >= 1e6) return trimmed(value.toExponential(2));
  return trimmed(size >= 1000 ? value.toFixed(0) : value.toPrecision(4));
}

/** For the ends of an axis' grid lines: `0.25`, `20k`, `2e-4`. @param spacing distance between two lines */
export function tickText(value: number, spacing: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (spacing >= 1e6) return `${trimmed((value / 1e6).toFixed(1))}M`;
  if (size >= 1e4 && spacing >= 100) return `${trimmed((value / 1e3).toFixed(1))}k`;
  if (spacing < 1e-3) return trimmed(value.toExponential(1));
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(spacing) + 1e-9)));
}

function trimmed(text: string): string {
  return text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
}
