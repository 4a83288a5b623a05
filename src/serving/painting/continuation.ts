import { type LooksPlan, planLooks } from './looks.ts';
import { type Drawing, domainNamed, type PaintingRules, planDrawing } from './rules.ts';
import type { CompletionWishes, ExtensionWishes } from './wishes.ts';

/**
 * What extension and completion have in common: a picture goes on in its own domain and style unless the request says
 * otherwise. In the other domain it has no style of its own, and one is sampled where none is given.
 * @throws GuidanceError
 */
export function planContinuation(
  wishes: ExtensionWishes | CompletionWishes,
  rules: PaintingRules,
): { readonly domain: string; readonly drawing: Drawing; readonly looks: LooksPlan } {
  const { codes, mostPictures } = rules;
  const { domains } = codes;
  const from = domainNamed('from', wishes.from, { domains, otherwise: domains[0] as string });
  const domain = domainNamed('to', wishes.to, { domains, otherwise: from });
  const drawing = planDrawing(wishes, rules);
  const attributes = codes.attributes(domain);
  const looks = planLooks(
    { ...wishes, own: domain === from },
    { attributes, seed: drawing.seed, mostPictures },
  );
  return { domain, drawing, looks };
}
