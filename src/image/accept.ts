/**
 * Chooses by an `Accept` header (RFC 9110, 12.5.1): the highest weight wins, among equals the first of those offered.
 * @param accept undefined and empty accept everything
 * @param offered media types in order of preference
 * @returns undefined when the header accepts none of them
 */
export function preferredMediaType<T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | undefined {
  const ranges = parseAccept(accept?.trim() || '*/*');
  let best: T | undefined;
  let bestWeight = 0;
  for (const mediaType of offered) {
    const weight = weightOf(mediaType, ranges);
    if (weight > bestWeight) {
      best = mediaType;
      bestWeight = weight;
    }
  }
  return best;
}

/** Media range to weight, 0..1; a weight that is no number counts as 1, the default. */
function parseAccept(accept: string): Map<string, number> {
  const ranges = new Map<string, number>();
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.toLowerCase().split(';');
    const weight = parameters.find((parameter) => parameter.trim().startsWith('q='));
    const value = weight === undefined ? 1 : Number(weight.trim().slice(2));
    ranges.set(range.trim(), Number.isFinite(value) ? value : 1);
  }
  return ranges;
}

/** The most specific range decides: image/png before image/ * before * / *. */
function weightOf(mediaType: string, ranges: ReadonlyMap<string, number>): number {
  const anySubtype = `${mediaType.split('/', 1)[0]}/*`;
  const alias = mediaType === 'image/jpeg' ? 'image/jpg' : mediaType;
  const range = [mediaType, alias, anySubtype, '*/*'].find((candidate) => ranges.has(candidate));
  return range === undefined ? 0 : (ranges.get(range) as number);
}
