import type { Manifest } from '../../core/manifest.ts';
import { feedForward } from './feed-forward.ts';
import { type Translator, TranslatorError } from './translator.ts';

/**
 * The translator of a model; a new kind in the manifest's union does not compile without an entry.
 * @throws TranslatorError when the networks are not what the kind needs
 */
export function createTranslator(manifest: Manifest): Translator {
  const { translator } = manifest;
  switch (translator.kind) {
    case 'feed-forward':
      return feedForward(manifest, translator.network);
    case 'exemplar-guided':
      throw new TranslatorError('exemplar-guided translators are not served');
  }
}
