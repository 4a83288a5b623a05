import type { Manifest } from '../../core/manifest.ts';
import { exemplarGuided } from './exemplar-guided.ts';
import { feedForward } from './feed-forward.ts';
import { guidedDiffusion } from './guided-diffusion.ts';
import type { Translator, TranslatorOptions } from './translator.ts';
import { vectorQuantized } from './vector-quantized.ts';

/**
 * One case a kind in the manifest's union: a new kind does not compile without its translator.
 * @throws TranslatorError when the networks are not what the kind needs
 */
export function createTranslator(manifest: Manifest, options: TranslatorOptions = {}): Translator {
  const { translator } = manifest;
  switch (translator.kind) {
    case 'feed-forward':
      return feedForward(manifest, translator);
    case 'exemplar-guided':
      return exemplarGuided(manifest, translator);
    case 'vector-quantized':
      return vectorQuantized(manifest, translator);
    case 'guided-diffusion':
      return guidedDiffusion(manifest, translator, options);
  }
}
