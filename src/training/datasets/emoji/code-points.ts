const variationSelector = 'fe0f';
const joiner = '200d';
const skinTones = /^1f3f[b-f]$/;
const genderSigns: readonly string[] = ['2640', '2642'];
const person = '1f9d1';
const adults: readonly string[] = [person, '1f468', '1f469'];

/**
 * Code points of one emoji as both packages are compared by: hexadecimal, without leading zeros and without the
 * variation selector, which some names leave out. `0023-fe0f-20e3` is `23-20e3`.
 */
export function plainCode(name: string): string {
  const points = name.toLowerCase().split('-');
  return points
    .filter((point) => point !== variationSelector)
    .map((point) => point.replace(/^0+/, ''))
    .join('-');
}

/** The emoji without its skin tones (Unicode Technical Standard 51, 2.4). */
export function withoutSkinTone(code: string): string {
  return code
    .split('-')
    .filter((point) => !skinTones.test(point))
    .join('-');
}

/**
 * What emoji have in common that differ in skin tone or gender only, and so look nearly alike: man and woman are
 * persons, and the gender signs are left out (Unicode Technical Standard 51, 2.3 and 2.4).
 */
export function familyOf(code: string): string {
  const points = withoutSkinTone(code)
    .split('-')
    .filter((point) => !genderSigns.includes(point))
    .map((point) => (adults.includes(point) ? person : point));
  // The joiner that bound the sign is left at the end.
  while (points.at(-1) === joiner) points.pop();
  return points.join('-');
}
