import type { Translator } from './translator.ts';

/** What models can be asked for: each has a route. */
export const abilities = ['translate', 'generate', 'extend', 'complete', 'transition'] as const;

export type Ability = (typeof abilities)[number];

/** All translate; those of codes also spread styles over a picture, and with a prior they make pictures up. */
export function abilitiesOf({ codes }: Pick<Translator, 'codes'>): readonly Ability[] {
  if (codes === undefined) return ['translate'];
  return codes.prior === undefined ? ['translate', 'transition'] : abilities;
}
