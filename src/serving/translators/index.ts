import type { Manifest } from '../../core/manifest.ts';
import { feedForward } from './feed-forward.ts';
import type { Translator, TranslatorFactory } from './translator.ts';

/** One entry a kind in the manifest's union: a new kind does not compile without its translator. */
const factories: Readonly<Record<Manifest['translator']['kind'], TranslatorFactory>> = {
  'feed-forward': feedForward,
};

/** @throws TranslatorError when the networks are not what the kind needs */
export function createTranslator(manifest: Manifest): Translator {
  return factories[manifest.translator.kind](manifest);
}
