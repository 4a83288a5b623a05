import type { EncodedPicture, MadePicture } from './made-picture.ts';

/** Proxies commonly take 4 to 8 KB of headers in all, and fail the answer that has more. */
const longestHeader = 2048;

/**
 * What the pictures were made with, as headers: `unpaired-attribute` as the JSON that a request takes, and
 * `unpaired-seed`; `unpaired-sampling` has the settings as JSON. Of several pictures, the codes are an array of arrays in their
 * order, equal seeds are said once, and so are equal settings, which otherwise are an array.
 * A header that some picture has no value for, or that proxies would not take, is left out.
 */
export function provenanceHeaders(
  pictures: readonly Pick<MadePicture | EncodedPicture, 'attribute' | 'seed' | 'sampling'>[],
): Record<string, string> {
  const codes = pictures.flatMap(({ attribute }) =>
    attribute === undefined ? [] : [codeNumbers(attribute)],
  );
  const settings = pictures.flatMap(({ sampling }) => (sampling ? [JSON.stringify(sampling)] : []));
  const seeds = pictures.flatMap(({ seed }) => seed ?? []);
  const values = {
    ...(codes.length === pictures.length && {
      'unpaired-attribute': JSON.stringify(codes.length === 1 ? codes[0] : codes),
    }),
    ...(settings.length === pictures.length && { 'unpaired-sampling': saidOnce(settings) }),
    ...(seeds.length === pictures.length && { 'unpaired-seed': [...new Set(seeds)].join(', ') }),
  };
  return Object.fromEntries(Object.entries(values).filter(([, text]) => text.length <= longestHeader));
}

/** @param values JSON of each */
function saidOnce(values: readonly string[]): string {
  return new Set(values).size === 1 ? (values[0] as string) : `[${values.join(',')}]`;
}

/** A code as numbers with as few digits as give the same float32 again. */
export function codeNumbers(code: ArrayLike<number>): number[] {
  return Array.from(code, (value) => {
    const exact = Math.fround(value);
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(exact.toPrecision(digits));
      if (Math.fround(short) === exact) return short;
    }
    // Nine significant digits tell all float32 numbers apart (IEEE 754).
    return Number(exact.toPrecision(9));
  });
}
